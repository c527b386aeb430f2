/** `setup`: sets up a hosted project, or repairs it, and checks whether it works. */

import { relative } from "node:path";
import Stripe from "stripe";
import type { CommandPlace } from "../../diagnosis/fill_command.ts";
import { printError, say, sayJson, UserError } from "../../local/terminal.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/client.ts";
import { stripeAddress } from "../../supabase/functions/_shared/stripe/stripe_env.ts";
import { addressClaims } from "../doctor/address_claims.ts";
import type { Examination } from "../doctor/doctor.ts";
import { inWords } from "../doctor/in_words.ts";
import { exitCode } from "../doctor/severity.ts";
import { projectSchema, readVariables } from "../environment.ts";
import { command } from "../frame.ts";
import { warnUnlessIgnored } from "../keys/ignored_by_git.ts";
import { progressBar } from "../progress_bar.ts";
import { findAddedProject } from "./added_project.ts";
import { supabaseCli } from "./cli.ts";
import { readOptions, SETUP_OPTIONS, type SetupFlags } from "./options.ts";
import { setUp } from "./setup.ts";
import { haveChanged, type Step, stepAsJson } from "./steps.ts";
import { supabaseProject } from "./supabase_project.ts";
import { verify } from "./verify.ts";

export const setup = command({
  name: "setup",
  summary: "Set up a hosted project, or repair it, and check whether it works",
  details:
    "Log in to Supabase first: npx supabase@3.1.0 login. Secrets come from the environment, or from the file of " +
    "--env-file: STRIPE_SECRET_KEY, and where there is one already, STRIPE_WEBHOOK_SECRET. With SUPABASE_DB_URL the " +
    "database is examined as well. Run it again at any time, also after an interruption.\n\n" +
    "In a project to which Sesame was added it pushes Sesame's migration and deploys Sesame's functions from there. " +
    "Your own migrations go with it only with --push, and your own functions never.\n\n" +
    "With --json the answer has the steps, each as { name, state, does }; state is kept, needed, refused or done. " +
    "A refused one has its reason in refusal. With --dry-run that is the whole plan.",
  options: SETUP_OPTIONS,
  renamed: { "--env": "--secrets-file" },
  examples: [
    "--ref abcdefghijklmnopqrst --site https://example.com --env-file setup.env --dry-run",
    "--ref abcdefghijklmnopqrst --site https://example.com --env-file setup.env --dry-run --json",
    "--ref abcdefghijklmnopqrst --site https://example.com --env-file setup.env",
  ],
  exitCodes: ["all is well", "the doctor has warnings", "the doctor has errors"],
  async run({ options: flags }) {
    const report: Report = { isDryRun: flags.dryRun, steps: [], examinations: [] };
    try {
      await perform(flags, report);
    } finally {
      // Also after a refusal or a failure: what was planned, and how far it came.
      if (flags.json && report.steps.length > 0) sayJson(asJson(report));
    }
    if (!flags.json) {
      say(...inLines(report, { envFile: flags.envFile, schema: await projectSchema() }));
    }
    return exitCode(report.examinations);
  },
});

/** What setup planned and did. */
interface Report {
  isDryRun: boolean;
  /** Empty until the plan is made. */
  steps: readonly Step[];
  /** Empty with --dry-run. */
  examinations: readonly Examination[];
}

async function perform(flags: SetupFlags, report: Report): Promise<void> {
  const watch = progressBar(flags);
  const print = (line: string) => {
    watch(null); // a line printed beside the bar would be cleared with it
    flags.json ? printError(line) : say(line);
  };
  const read = await readVariables(flags.envFile);
  const added = await findAddedProject();
  const schema = await projectSchema();
  const options = readOptions(flags, read, added);
  const stripe = connectStripe(stripeAddress(read), 10_000) as Stripe;
  const draft = `${options.secretsFile}.setup`;
  const cli = await supabaseCli(read, added);
  const project = supabaseProject(options.ref, cli, draft, added);
  const secretKey = read("SUPABASE_SECRET_KEY") ?? await project.secretKey();
  const addresses = addressClaims({ url: options.url, key: secretKey, schema });
  const services = {
    ...{ stripe, project, addresses, watch },
    say: print,
    plan: (steps: readonly Step[]) => void (report.steps = steps),
  };
  const { webhookSecret, isChanged } = await setUp(options, services).catch(throwWithoutKey);
  if (options.dryRun) return;
  await Deno.remove(draft).catch(() => {}); // a run that was killed may have left it
  const shown = relative(Deno.cwd(), options.secretsFile);
  (await warnUnlessIgnored(options.secretsFile, shown)).forEach(print);
  if (!isChanged) print("Nothing had to be changed; the functions were deployed once more.");
  print("The doctor examines it:");
  report.examinations = await verify(
    { url: options.url, secretKey, webhookSecret, siteUrl: options.siteUrl, isChanged },
    read,
    watch,
  );
}

function inLines({ isDryRun, examinations }: Report, place: CommandPlace): string[] {
  if (isDryRun) return ["That would be done. Nothing was changed."];
  return examinations.flatMap((examination) => inWords(examination, place));
}

function asJson({ isDryRun, steps, examinations }: Report) {
  return {
    dryRun: isDryRun,
    changed: haveChanged(steps),
    steps: steps.map(stepAsJson),
    examinations: examinations.map(({ check, findings, skipped, blocked }) => ({
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
  throw new UserError(
    error.statusCode === 401 || error.statusCode === 403
      ? "Stripe refuses STRIPE_SECRET_KEY: it was withdrawn, or may not write webhook endpoints"
      : `Stripe did not do it (${error.code ?? error.type}): run it again`,
  );
}

if (import.meta.main) await setup.runAndExit();
