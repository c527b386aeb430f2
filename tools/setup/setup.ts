/**
 * From a Stripe key and a Supabase project to a webhook that works, step by step.
 *
 * Each step has one effect, and whoever was stopped between two of them begins again: what is done is
 * kept. Only the secret of a new endpoint can not be read twice. Until it is set the endpoint is marked
 * as unfinished; the next run makes another, and then deletes it.
 *
 * @module
 */

import type Stripe from "stripe";
import { Complaint } from "../../local/terminal.ts";
import type { AddressClaims } from "../doctor/address_claims.ts";
import { readText, variableIn, withVariable, writeWhole } from "../keys/env_file.ts";
import { newKey } from "../keys/new_key.ts";
import { addressesStep } from "./addresses.ts";
import {
  createEndpoint,
  type Endpoints,
  findEndpoints,
  finishEndpoint,
  inRegion,
  repairOf,
} from "./endpoint.ts";
import { type Setting, settingsFor } from "./secrets.ts";
import type { SupabaseProject } from "./supabase_project.ts";
import type { Wish } from "./wish.ts";

/** All that it acts on. */
export interface World {
  stripe: Stripe;
  project: SupabaseProject;
  /** Asked last: it takes the project's secret key. */
  addresses(): Promise<AddressClaims>;
  say(line: string): void;
}

/** What became of it. */
export interface SetUp {
  /** What the endpoint's deliveries are signed with; null: nobody here knows. */
  webhookSecret: string | null;
  /** Something was written beside the functions. */
  isChanged: boolean;
}

/** Done every time: what runs there can not be compared with what is here. */
const DEPLOY = "deploy the functions as they are here";

interface Step {
  says: string;
  /** Absent: it is so already, and is kept. */
  act?(): Promise<void>;
}

/** Says every step before any is taken; with `dryRun` that is all. */
export async function setUp(wish: Wish, world: World): Promise<SetUp> {
  const made: Made = { endpoint: null, webhookSecret: wish.webhookSecret };
  const { say } = world;
  const steps = await stepsOf(wish, world, made);
  steps.forEach(({ says, act }) => say(`${act === undefined ? "· keep" : "→"} ${says}`));
  const toDo = steps.filter(({ act }) => act !== undefined);
  if (!wish.dryRun) {
    for (const { says, act } of toDo) {
      await act?.();
      say(`✓ ${says}`);
    }
  }
  return { webhookSecret: made.webhookSecret, isChanged: toDo.some(({ says }) => says !== DEPLOY) };
}

/** What one step leaves for the next. */
interface Made {
  endpoint: string | null;
  webhookSecret: string | null;
}

/** What can not be done is said now, before anything is. */
async function stepsOf(wish: Wish, world: World, made: Made): Promise<Step[]> {
  const { stripe, project } = world;
  const url = `${wish.url}/functions/v1/stripe-webhook`;
  const endpoints = await findEndpoints(stripe, url);
  const settings = settingsFor(wish, await project.secrets(), endpoints.ours);
  if (endpoints.ours === null) made.webhookSecret = null; // whatever was given is of another one
  return [
    databaseStep(await project.missingMigrations(), project),
    { says: DEPLOY, act: () => project.deploy() },
    ...await keysSteps(wish.envFile, settings),
    endpointStep(wish, url, endpoints, world, made),
    ...secretsSteps(wish, settings, project, made),
    ...finishingSteps(endpoints, stripe, made),
    await addressesStep(await world.addresses(), world.say),
  ];
}

function databaseStep(missing: string[], project: SupabaseProject): Step {
  if (missing.length === 0) return { says: "the database: every migration is applied" };
  const names = missing.length > 3 ? `${missing[0]} to ${missing.at(-1)}` : missing.join(", ");
  return { says: `apply ${missing.length} migration(s): ${names}`, act: () => project.push() };
}

/** Written down before they are set, so that there is never a key that nobody can rotate. */
async function keysSteps(file: string, settings: Setting[]): Promise<Step[]> {
  const name = "MODULE_TOKEN_KEYS";
  if (settings.some((setting) => setting.name === name && setting.isKept)) return [];
  if (variableIn(await readText(file), name) !== null) return [];
  return [{
    says: `make ${name} in ${file}`,
    act: async () => {
      const keys = [newKey("ES256", Math.floor(Date.now() / 1_000))];
      await writeWhole(file, withVariable(await readText(file), name, JSON.stringify({ keys })));
    },
  }];
}

function endpointStep(
  { region }: Wish,
  url: string,
  { ours }: Endpoints,
  { stripe }: World,
  made: Made,
): Step {
  if (ours === null) {
    const wanted = inRegion(url, region);
    return {
      says: `create an endpoint at Stripe for ${wanted}`,
      act: async () => {
        const { id, secret } = await createEndpoint(stripe, wanted);
        Object.assign(made, { endpoint: id, webhookSecret: secret });
      },
    };
  }
  const { says, change } = repairOf(ours, region);
  if (says.length === 0) return { says: `${ours.id} at Stripe: it sends what is needed` };
  return {
    says: `mend ${ours.id} at Stripe: ${says.join("; ")}`,
    act: async () => void await stripe.webhookEndpoints.update(ours.id, change),
  };
}

/** All in one call: there is no moment at which some are new and some are missing. */
function secretsSteps(
  wish: Wish,
  settings: Setting[],
  project: SupabaseProject,
  made: Made,
): Step[] {
  const wanted = settings.filter(({ isKept }) => !isKept);
  const steps: Step[] = settings.filter(({ isKept }) => isKept)
    .map(({ name, why }) => ({ says: `${name}: ${why}` }));
  if (wanted.length === 0) return steps;
  const says = `set ${wanted.map(({ name, why }) => `${name} (${why})`).join(", ")}`;
  const act = async () => {
    const values: Record<string, string | null> = {
      STRIPE_SECRET_KEY: wish.stripeSecretKey,
      SITE_URL: wish.siteUrl,
      STRIPE_WEBHOOK_SECRET: made.webhookSecret,
      MODULE_TOKEN_KEYS: variableIn(await readText(wish.envFile), "MODULE_TOKEN_KEYS"),
    };
    await project.set(Object.fromEntries(wanted.map(({ name }) => {
      const value = values[name] ?? null;
      if (value === null) throw new Complaint(`${name} has gone meanwhile: run it again`);
      return [name, value];
    })));
  };
  return [...steps, { says, act }];
}

/** A new endpoint is in place before an unfinished one goes, so that there is always one. */
function finishingSteps({ ours, unfinished }: Endpoints, stripe: Stripe, made: Made): Step[] {
  const finish: Step = {
    says: "note at Stripe that the endpoint's secret is set",
    act: () => finishEndpoint(stripe, made.endpoint ?? ""),
  };
  const deletions = unfinished.map(({ id }): Step => ({
    says: `delete ${id} at Stripe: a setup that was stopped made it, and its secret is lost`,
    act: async () => void await stripe.webhookEndpoints.del(id),
  }));
  return [...ours === null ? [finish] : [], ...deletions];
}
