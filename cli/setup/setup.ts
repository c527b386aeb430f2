/**
 * From a Stripe key and a Supabase project to a webhook that works, step by step.
 *
 * Each step has one effect. After a stop between two steps setup is run again, and what is done is kept.
 * Only the secret of a new endpoint cannot be read twice. Until it is set, the endpoint is marked as
 * unfinished; the next run makes another, and then deletes the marked one.
 *
 * @module
 */

import { dirname } from "node:path";
import type Stripe from "stripe";
import { UserError } from "../../local/terminal.ts";
import type { AddressClaims } from "../doctor/address_claims.ts";
import { readText, variableIn, withVariable, writeWhole } from "../keys/env_file.ts";
import { newKey } from "../../local/new_key.ts";
import { task } from "../../diagnosis/task_command.ts";
import { functionUrl } from "../project/function_url.ts";
import { type Watch, watched } from "../progress_bar.ts";
import { addressesStep } from "./addresses.ts";
import {
  createEndpoint,
  type Endpoints,
  findEndpoints,
  finishEndpoint,
  inRegion,
  repairEndpoint,
  repairOf,
  versionNote,
} from "./endpoint.ts";
import { type DeployedFunctions, findFunctions } from "./functions.ts";
import type { SetupOptions } from "./options.ts";
import { type Setting, settingsFor } from "./secrets.ts";
import { haveChanged, type Step, stepInWords } from "./steps.ts";
import { ownMigrationsStep } from "./own_migrations.ts";
import type { DatabasePlan, SupabaseProject } from "./supabase_project.ts";

/** The dependencies of setup. */
export interface Services {
  stripe: Stripe;
  project: SupabaseProject;
  addresses: AddressClaims;
  say(line: string): void;
  /** Gets the plan. Its steps are marked as they are done. */
  plan(steps: readonly Step[]): void;
  /** Receives the progress. */
  watch: Watch;
}

export interface SetUp {
  /** The signing secret of the endpoint; null: it is not known here. */
  webhookSecret: string | null;
  /** Whether anything except the functions was changed. */
  isChanged: boolean;
}

/**
 * Prints every step before it takes the first; with `dryRun` it takes none.
 *
 * @throws UserError if one of them cannot be taken. Then none is taken.
 */
export async function setUp(options: SetupOptions, services: Services): Promise<SetUp> {
  const { say, watch } = services;
  const made: Made = { endpoint: null, webhookSecret: options.webhookSecret };
  const steps = await watched(
    watch,
    "looking at what is there",
    () => planSteps(options, services, made),
  );
  services.plan(steps);
  steps.flatMap(stepInWords).forEach((line) => say(line));
  const refused = steps.filter(({ refusal }) => refusal !== undefined);
  if (refused.length > 0) {
    throw new UserError(`Nothing was changed: ${refused.length} of these cannot be done (✗)`);
  }
  if (!options.dryRun) await takeSteps(steps.filter(({ act }) => act !== undefined), services);
  return { webhookSecret: made.webhookSecret, isChanged: haveChanged(steps) };
}

async function takeSteps(steps: readonly Step[], { say, watch }: Services): Promise<void> {
  for (const [done, step] of steps.entries()) {
    watch({ title: step.says, done, total: steps.length });
    try {
      await step.act?.();
    } finally {
      watch(null);
    }
    step.isDone = true;
    stepInWords(step).forEach((line) => say(line));
  }
}

/** The results of a step for the next ones. */
interface Made {
  endpoint: string | null;
  webhookSecret: string | null;
}

async function planSteps(
  options: SetupOptions,
  { stripe, project, addresses, say }: Services,
  made: Made,
): Promise<Step[]> {
  const { functionsPrefix } = options;
  const at = { functionsUrl: `${options.url}/functions/v1`, functionsPrefix };
  const url = functionUrl(at, "stripe-webhook");
  const endpoints = await findEndpoints(stripe, url, options.siteUrl);
  const settings = settingsFor(options, await project.secrets(), endpoints.ours);
  const functions = await findFunctions(options.url, project, functionsPrefix);
  const migrations = await migrationSteps(options, project);
  if (endpoints.ours === null) made.webhookSecret = null; // the given secret belongs to another endpoint
  return [
    ...migrations,
    deployStep(functions, options, project),
    ...await keysSteps(options.secretsFile, settings),
    endpointStep(options, url, endpoints, stripe, made),
    ...secretsSteps(options, settings, { functions, endpoints }, project, made),
    ...finishingSteps(endpoints, stripe, made),
    await addressesStep(addresses, say),
  ];
}

async function migrationSteps(options: SetupOptions, project: SupabaseProject): Promise<Step[]> {
  if (project.ownMigrations === null) {
    return chapterSteps(await project.database(options.moveIn), options, project);
  }
  const plan = await project.ownMigrations();
  return [ownMigrationsStep(plan, options.push, () => project.push(null))];
}

/** Where our chapters are pushed from here. */
function chapterSteps(
  { missing, foreign, rehearsed }: DatabasePlan,
  { moveIn }: SetupOptions,
  project: SupabaseProject,
): Step[] {
  const own: Step[] = foreign.length === 0 ? [] : [{
    name: "migrations",
    says:
      `the project's own ${foreign.length} migration(s). From now on its repository needs a copy ` +
      'of ours: docs/operations.md, "A project with migrations of its own"',
  }];
  if (missing.length === 0) {
    return [{ name: "migrations", says: "the database: every migration is applied" }, ...own];
  }
  if (rehearsed?.kind === "added") {
    const says = `the database: your own repository has installed Sesame, by ${rehearsed.by}`;
    return [{ name: "migrations", says }];
  }
  const names = missing.length > 3 ? `${missing[0]} to ${missing.at(-1)}` : missing.join(", ");
  const moving = moveIn === null ? "" : `, moving the old site in (${moveIn})`;
  const asked = rehearsed?.kind === "unknown"
    ? `; it could not be tried beforehand (${rehearsed.why.replaceAll("\n", " ")})`
    : "";
  const step: Step = {
    name: "migrations",
    says: `apply ${missing.length} migration(s): ${names}${moving}${asked}`,
    act: () => project.push(moveIn),
  };
  if (rehearsed?.kind === "refused") {
    const asking = rehearsed.why.includes("sesame.move_in")
      ? "\nSetup asks for it with --move-in now, or --move-in later."
      : "";
    step.refusal = rehearsed.why + asking;
  }
  return [step, ...own];
}

const OTHER_NAMES = "Deploy them under other names and let what calls them follow.";

const OTHER_PREFIX =
  `While the database does not have Sesame, give ours other names: ${task("remove")}, and then ${
    task("add --functions-prefix sesame")
  }.\n` +
  "Once it has Sesame, do not: a removal drops who has bought what. Deploy yours under other names.";

function deployStep(
  { wanted, foreign }: DeployedFunctions,
  { replace }: SetupOptions,
  project: SupabaseProject,
): Step {
  const step: Step = {
    name: "functions",
    says: `deploy the functions as they are here: ${wanted.join(", ")}`,
    act: () => project.deploy(wanted),
  };
  const kept = foreign.filter((name) => !replace.includes(name));
  if (kept.length > 0) {
    step.refusal =
      `The project has functions of its own under names that ours need: ${kept.join(", ")}.\n` +
      `${
        project.ownMigrations === null ? OTHER_NAMES : OTHER_PREFIX
      } Where one may be overwritten:\n` +
      kept.map((name) => `--replace ${name}`).join(" ");
  }
  return step;
}

/** Written to the file before they are set, so that every key can be rotated later. */
async function keysSteps(file: string, settings: Setting[]): Promise<Step[]> {
  const name = "MODULE_TOKEN_KEYS";
  if (settings.some((setting) => setting.name === name && setting.isKept)) return [];
  if (variableIn(await readText(file), name) !== null) return [];
  return [{
    name: "keys",
    says: `make ${name} in ${file}`,
    act: async () => {
      const keys = [newKey("ES256", Math.floor(Date.now() / 1_000))];
      await Deno.mkdir(dirname(file), { recursive: true });
      await writeWhole(file, withVariable(await readText(file), name, JSON.stringify({ keys })));
    },
  }];
}

function endpointStep(
  { region }: SetupOptions,
  url: string,
  { ours }: Endpoints,
  stripe: Stripe,
  made: Made,
): Step {
  if (ours === null) {
    const wanted = inRegion(url, region);
    return {
      name: "endpoint",
      says: `create an endpoint at Stripe for ${wanted}`,
      act: async () => {
        const { id, secret } = await createEndpoint(stripe, wanted);
        Object.assign(made, { endpoint: id, webhookSecret: secret });
      },
    };
  }
  const { says, change } = repairOf(ours, region);
  if (says.length === 0) {
    return {
      name: "endpoint",
      says: `${ours.id} at Stripe: it sends what is needed${versionNote(ours)}`,
    };
  }
  return {
    name: "endpoint",
    says: `change ${ours.id} at Stripe: ${says.join("; ")}${versionNote(ours)}`,
    act: () => repairEndpoint(stripe, ours, change),
  };
}

/** All in one call, so that new and missing secrets never mix. */
function secretsSteps(
  options: SetupOptions,
  settings: Setting[],
  { functions, endpoints }: { functions: DeployedFunctions; endpoints: Endpoints },
  project: SupabaseProject,
  made: Made,
): Step[] {
  const wanted = settings.filter(({ isKept }) => !isKept);
  const steps: Step[] = settings.filter(({ isKept }) => isKept)
    .map(({ name, why }) => ({ name: "secrets", says: `${name}: ${why}` }));
  if (wanted.length === 0) return steps;
  const step: Step = {
    name: "secrets",
    says: `set ${wanted.map(({ name, why }) => `${name} (${why})`).join(", ")}`,
    act: async () => {
      const values: Record<string, string | null> = {
        STRIPE_SECRET_KEY: options.stripeSecretKey,
        SITE_URL: options.siteUrl,
        STRIPE_WEBHOOK_SECRET: made.webhookSecret,
        MODULE_TOKEN_KEYS: variableIn(await readText(options.secretsFile), "MODULE_TOKEN_KEYS"),
      };
      await project.set(Object.fromEntries(wanted.map(({ name }) => {
        const value = values[name] ?? null;
        if (value === null) throw new UserError(`${name} has gone meanwhile: run it again`);
        return [name, value];
      })));
    },
  };
  const refusal = refusalToSet(wanted, functions, options) ??
    refusalOfSecret(wanted, endpoints, options);
  return [...steps, refusal === null ? step : { ...step, refusal }];
}

/** Before any function of ours is there, a secret of the same name is the project's own. */
function refusalToSet(
  wanted: Setting[],
  { ours }: DeployedFunctions,
  { replace }: SetupOptions,
): string | null {
  const taken = wanted.filter(({ name, isChanged }) => isChanged && !replace.includes(name))
    .map(({ name }) => name);
  if (ours.length > 0 || taken.length === 0) return null;
  return `The project has ${
    taken.join(", ")
  } already, with another value, and its own functions may ` +
    "read it.\nLet them read it under another name. Where it may be overwritten:\n" +
    taken.map((name) => `--replace ${name}`).join(" ");
}

/** An old site's .env has STRIPE_WEBHOOK_SECRET too: with it every delivery to ours would be refused. */
function refusalOfSecret(
  wanted: Setting[],
  { ours, ofSite: [old] }: Endpoints,
  { replace }: SetupOptions,
): string | null {
  const name = "STRIPE_WEBHOOK_SECRET";
  const isChanged = wanted.some((setting) => setting.name === name && setting.isChanged);
  if (ours === null || old === undefined || !isChanged || replace.includes(name)) return null;
  return `The ${name} given is not the one that is set, and may be that of ${old.id}, which sends to ` +
    `${
      new URL(old.url).origin
    }.\nLeave it out to keep the one that is set. If it is the secret of ` +
    `${ours.id}:\n--replace ${name}`;
}

/** A new endpoint is in place before an unfinished one goes, so that there is always one. */
function finishingSteps({ ours, unfinished }: Endpoints, stripe: Stripe, made: Made): Step[] {
  const finish: Step = {
    name: "endpoint",
    says: "note at Stripe that the endpoint's secret is set",
    act: () => finishEndpoint(stripe, made.endpoint ?? ""),
  };
  const deletions = unfinished.map(({ id }): Step => ({
    name: "endpoint",
    says: `delete ${id} at Stripe: a setup that was stopped made it, and its secret is lost`,
    act: async () => void await stripe.webhookEndpoints.del(id),
  }));
  return [...ours === null ? [finish] : [], ...deletions];
}
