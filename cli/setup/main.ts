/**
 * Sets a hosted project up, or repairs it, and checks whether it works:
 *
 *     npx supabase@3.1.0 login
 *     deno task setup --ref abcdefghijklmnopqrst --site https://example.com --env-file setup.env [--dry-run]
 *
 * Secrets come from the environment, or from a file named with `--env-file`. `--dry-run` says every step and takes none. `--region eu-central-1` runs the webhook beside the
 * database; `--url` names a domain of the project's own; `--env` another file for the keys of module
 * tokens than `supabase/functions/.env`; `--move-in now` or `later` takes the tables of an old site in;
 * `--replace NAME` allows a function or a secret of the project's own to be overwritten. With
 * SUPABASE_DB_URL the database is examined as well.
 *
 * It may be run again at any time, also after it was killed. Exit code: the doctor's at the end (0: all
 * well; 1: warnings; 2: errors); 3: it could not be done.
 *
 * @module
 */

import Stripe from "stripe";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import { stripeAddress } from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import { addressClaims } from "../doctor/address_claims.ts";
import { inWords } from "../doctor/in_words.ts";
import { exitCode } from "../doctor/severity.ts";
import { supabaseCli } from "./cli.ts";
import { readFlags, readOptions, readVariables } from "./options.ts";
import { setUp } from "./setup.ts";
import { supabaseProject } from "./supabase_project.ts";
import { verify } from "./verify.ts";

async function main(): Promise<number> {
  const flags = readFlags(Deno.args);
  const read = await readVariables(flags);
  const options = readOptions(flags, read);
  const stripe = connectStripe(stripeAddress(read), 10_000) as Stripe;
  const draft = `${options.envFile}.setup`;
  const project = supabaseProject(options.ref, await supabaseCli(read), draft);
  const secretKey = read("SUPABASE_SECRET_KEY") ?? await project.secretKey();
  const addresses = addressClaims({ url: options.url, key: secretKey });
  const { webhookSecret, isChanged } = await setUp(options, { stripe, project, addresses, say })
    .catch(refusalOf);
  if (options.dryRun) {
    say("That would be done. Nothing was changed.");
    return 0;
  }
  await Deno.remove(draft).catch(() => {}); // a run that was killed may have left it
  if (!isChanged) say("Nothing had to be changed; the functions were deployed once more.");
  say("The doctor looks it over:");
  const examinations = await verify(
    { url: options.url, secretKey, webhookSecret, siteUrl: options.siteUrl, isChanged },
    read,
  );
  const manner = { envFile: flags["env-file"] };
  examinations.flatMap((examination) => inWords(examination, manner)).forEach((line) => say(line));
  return exitCode(examinations);
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
