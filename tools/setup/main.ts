/**
 * Sets a hosted project up, or mends it, and looks whether it works:
 *
 *     npx supabase@3.1.0 login
 *     STRIPE_SECRET_KEY=sk_… deno task setup --ref "$REF" --site https://example.com [--dry-run]
 *
 * `--dry-run` says every step and takes none. `--region eu-central-1` runs the webhook beside the
 * database; `--url` names a domain of the project's own; `--env` another file for the keys of module
 * tokens than `supabase/functions/.env`. With SUPABASE_DB_URL the database is looked over as well.
 *
 * It may be run again at any time, also after it was killed. Exit code: the doctor's at the end (0: all
 * well; 1: warnings; 2: errors); 3: it could not be done.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import Stripe from "stripe";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import { stripeAddress } from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import { addressClaims } from "../doctor/address_claims.ts";
import { inWords } from "../doctor/in_words.ts";
import { exitCode } from "../doctor/severity.ts";
import { setUp } from "./setup.ts";
import { supabaseProject } from "./supabase_project.ts";
import { verify } from "./verify.ts";
import { readWish } from "./wish.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function main(): Promise<number> {
  const read = (name: string) => Deno.env.get(name);
  const wish = readWish(Deno.args, read);
  const stripe = connectStripe(stripeAddress(read), 10_000) as Stripe;
  const draft = `${wish.envFile}.setup`;
  const project = supabaseProject(wish.ref, cli, draft);
  const secretKey = async () => read("SUPABASE_SECRET_KEY") ?? await project.secretKey();
  const addresses = async () => addressClaims({ url: wish.url, key: await secretKey() });
  const { webhookSecret, isChanged } = await setUp(wish, { stripe, project, addresses, say })
    .catch(refusalOf);
  if (wish.dryRun) {
    say("That would be done. Nothing was changed.");
    return 0;
  }
  await Deno.remove(draft).catch(() => {}); // a run that was killed may have left it
  if (!isChanged) say("Nothing had to be changed; the functions were deployed once more.");
  say("The doctor looks it over:");
  const examinations = await verify({
    url: wish.url,
    secretKey: await secretKey(),
    webhookSecret,
    isChanged,
  }, read);
  examinations.flatMap(inWords).forEach((line) => say(line));
  return exitCode(examinations);
}

/** Its output is shown where it failed, and only then: no command of ours prints a secret there. */
async function cli(args: string[]): Promise<string> {
  const command = new Deno.Command("npx", {
    args: ["-y", "supabase@3.1.0", ...args],
    cwd: ROOT,
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const words = args.filter((word) => !word.startsWith("-")).slice(0, 2).join(" ");
  throw new Complaint(`supabase ${words} did not succeed:\n${decoder.decode(stderr).trim()}`);
}

/** Stripe's own message may quote a part of the key. */
function refusalOf(error: unknown): never {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  throw new Complaint(
    error.statusCode === 401 || error.statusCode === 403
      ? "Stripe refuses STRIPE_SECRET_KEY: it was withdrawn, or may not write webhook endpoints"
      : `Stripe did not do it (${error.code ?? error.type}): run it again`,
  );
}

if (import.meta.main) await runProgram(main, 3);
