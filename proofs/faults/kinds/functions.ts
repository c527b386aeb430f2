import type { Fault } from "../fault.ts";
import type { Patient } from "../patient.ts";

export const FUNCTION_FAULTS: readonly Fault[] = [
  {
    title: "a function is not deployed",
    code: "function_missing",
    strike: (patient) => rename(patient, "functions/checkout", "checkout_gone"),
    relieve: (patient) => rename(patient, "checkout_gone", "functions/checkout"),
  },
  {
    title: "the webhook asks for a JWT",
    code: "jwt_required",
    strike: (patient) =>
      rewrite(patient, "config.toml", (text) => text.replaceAll("= false", "= true")),
    relieve: (patient) =>
      rewrite(patient, "config.toml", (text) => text.replaceAll("= true", "= false")),
  },
  {
    title: "a function does not start",
    code: "function_not_starting",
    strike: (patient) => rewrite(patient, "functions/health/index.ts", (text) => `boom;${text}`),
    relieve: (patient) => rewrite(patient, "functions/health/index.ts", (text) => text.slice(5)),
  },
  inEnvironment("the webhook's secret is empty", "env_missing", { STRIPE_WEBHOOK_SECRET: "" }),
  inEnvironment("the webhook's secret is none", "env_malformed", {
    STRIPE_WEBHOOK_SECRET: "sk_test_x",
  }),
  inEnvironment("the keys of module tokens are no keys", "env_malformed", {
    MODULE_TOKEN_KEYS: "{}",
  }),
  inEnvironment("the shared secret of an old site is too short", "env_malformed", {
    MODULE_TOKEN_LEGACY_SECRET: "secret",
  }),
  {
    title: "the webhook's secret is a stale one",
    code: "secret_differs",
    strike: ({ set }) => set({ STRIPE_WEBHOOK_SECRET: "whsec_of_yesterday" }),
  },
  inEnvironment("test events meet a live key", "mode_differs", {
    STRIPE_SECRET_KEY: "sk_live_of_another_world",
  }),
  inEnvironment("the webhook's own door to Postgres leads nowhere", "webhook_failing", {
    SESAME_DB_URL: "postgresql://sesame_webhook:wrong@127.0.0.1:9/postgres",
  }),
];

/** Set, and afterwards as it was. */
function inEnvironment(title: string, code: string, changes: Record<string, string>): Fault {
  const undone = Object.fromEntries(Object.keys(changes).map((name) => [name, undefined]));
  return {
    title,
    code,
    strike: ({ set }) => set(changes),
    relieve: ({ set }) => set(undone),
  };
}

async function rename({ folder, set }: Patient, from: string, to: string): Promise<void> {
  await Deno.rename(new URL(from, folder), new URL(to, folder));
  await set({});
}

async function rewrite(
  { folder, set }: Patient,
  file: string,
  change: (text: string) => string,
): Promise<void> {
  const url = new URL(file, folder);
  await Deno.writeTextFile(url, change(await Deno.readTextFile(url)));
  await set({});
}
