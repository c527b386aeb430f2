/** `setup`: sets a hosted project up, or repairs it, and examines whether it works. */

import Stripe from "stripe";
import { complain, Complaint, say, sayJson } from "../../local/terminal.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import { stripeAddress } from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import { addressClaims } from "../doctor/address_claims.ts";
import type { Examination } from "../doctor/doctor.ts";
import { inWords } from "../doctor/in_words.ts";
import { exitCode } from "../doctor/severity.ts";
import { readVariables } from "../environment.ts";
import { command } from "../frame.ts";
import { progressBar } from "../progress_bar.ts";
import { supabaseCli } from "./cli.ts";
import { readOptions, SETUP_OPTIONS, type SetupFlags } from "./options.ts";
import { setUp } from "./setup.ts";
import { supabaseProject } from "./supabase_project.ts";
import { verify } from "./verify.ts";

export const setup = command({
  name: "setup",
  summary: "Set a hosted project up, or repair it, and examine whether it works",
  details:
    "Log in to Supabase first: npx supabase@3.1.0 login. Secrets come from the environment, or from the file of " +
    "--env-file: STRIPE_SECRET_KEY, and where there is one already, STRIPE_WEBHOOK_SECRET. With SUPABASE_DB_URL the " +
    "database is examined as well. Run it again at any time, also after an interruption.",
  options: SETUP_OPTIONS,
  renamed: { "--env": "--secrets-file" },
  examples: [
    "--ref abcdefghijklmnopqrst --site https://example.com --env-file setup.env --dry-run",
    "--ref abcdefghijklmnopqrst --site https://example.com --env-file setup.env",
  ],
  exitCodes: ["all is well", "the doctor has warnings", "the doctor has errors"],
  async run({ options: flags }) {
    const print = flags.json ? complain : say;
    const done = await perform(flags, print);
    if (flags.json) sayJson(asJson(done));
    else if (done.examinations === null) say("That would be done. Nothing was changed.");
    else {
      const manner = { envFile: flags.envFile };
      say(...done.examinations.flatMap((examination) => inWords(examination, manner)));
    }
    return exitCode(done.examinations ?? []);
  },
});

interface Done {
  isChanged: boolean;
  /** Null: with --dry-run nothing is examined. */
  examinations: Examination[] | null;
}

async function perform(flags: SetupFlags, print: (line: string) => void): Promise<Done> {
  const read = await readVariables(flags.envFile);
  const options = readOptions(flags, read);
  const stripe = connectStripe(stripeAddress(read), 10_000) as Stripe;
  const draft = `${options.secretsFile}.setup`;
  const project = supabaseProject(options.ref, await supabaseCli(read), draft);
  const secretKey = read("SUPABASE_SECRET_KEY") ?? await project.secretKey();
  const addresses = addressClaims({ url: options.url, key: secretKey });
  const services = { stripe, project, addresses, say: print, watch: progressBar() };
  const { webhookSecret, isChanged } = await setUp(options, services).catch(throwWithoutKey);
  if (options.dryRun) return { isChanged: false, examinations: null };
  await Deno.remove(draft).catch(() => {}); // a run that was killed may have left it
  if (!isChanged) print("Nothing had to be changed; the functions were deployed once more.");
  print("The doctor examines it:");
  const examinations = await verify(
    { url: options.url, secretKey, webhookSecret, siteUrl: options.siteUrl, isChanged },
    read,
  );
  return { isChanged, examinations };
}

function asJson({ isChanged, examinations }: Done) {
  return {
    dryRun: examinations === null,
    changed: isChanged,
    examinations: (examinations ?? []).map(({ check, findings, skipped, blocked }) => ({
      check: check.title,
      findings,
      skipped,
      blocked,
    })),
  };
}

/** Stripe's own message may quote a part of the key. */
function throwWithoutKey(error: unknown): never {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  throw new Complaint(
    error.statusCode === 401 || error.statusCode === 403
      ? "Stripe refuses STRIPE_SECRET_KEY: it was withdrawn, or may not write webhook endpoints"
      : `Stripe did not do it (${error.code ?? error.type}): run it again`,
  );
}

if (import.meta.main) await setup.runAndExit();
