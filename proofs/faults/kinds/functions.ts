import type { Project } from "../../../cli/doctor/project.ts";
import type { Code } from "../../../diagnosis/codes.ts";
import { dataApi } from "../../../supabase/functions/_shared/data_api.ts";
import type { Fault } from "../fault.ts";
import type { TestSite } from "../test_site.ts";

export const FUNCTION_FAULTS: readonly Fault[] = [
  {
    title: "a function is not deployed",
    code: "function_missing",
    breakIt: (site) => rename(site, "functions/checkout", "checkout_gone"),
    repair: (site) => rename(site, "checkout_gone", "functions/checkout"),
  },
  {
    title: "the webhook requires a JWT",
    code: "jwt_required",
    breakIt: (site) => rewrite(site, "config.toml", (text) => text.replaceAll("= false", "= true")),
    repair: (site) => rewrite(site, "config.toml", (text) => text.replaceAll("= true", "= false")),
  },
  {
    title: "a function does not start",
    code: "function_not_starting",
    breakIt: (site) => rewrite(site, "functions/health/index.ts", (text) => `boom;${text}`),
    repair: (site) => rewrite(site, "functions/health/index.ts", (text) => text.slice(5)),
  },
  {
    title: "the Data API does not serve the schema of Sesame",
    code: "schema_not_exposed",
    breakIt: ({ project }) => ask(project, "sesame"), // a schema that is there, and is not exposed
    repair: ({ project }) => ask(project, "public"),
  },
  inEnvironment("the webhook's secret is empty", "env_missing", { STRIPE_WEBHOOK_SECRET: "" }),
  inEnvironment("the webhook's secret is not a secret", "env_malformed", {
    STRIPE_WEBHOOK_SECRET: "sk_test_x",
  }),
  inEnvironment("the keys of module tokens are not keys", "env_malformed", {
    MODULE_TOKEN_KEYS: "{}",
  }),
  inEnvironment("the shared secret of an old site is too short", "env_malformed", {
    MODULE_TOKEN_LEGACY_SECRET: "secret",
  }),
  {
    title: "the webhook's secret is an old one",
    code: "secret_differs",
    breakIt: ({ set }) => set({ STRIPE_WEBHOOK_SECRET: "whsec_of_yesterday" }),
  },
  inEnvironment("test events meet a live key", "mode_differs", {
    STRIPE_SECRET_KEY: "sk_live_of_another_world",
  }),
  inEnvironment("the webhook's direct connection to Postgres fails", "webhook_failing", {
    SESAME_DB_URL: "postgresql://sesame_webhook:wrong@127.0.0.1:9/postgres",
  }),
];

/** From now on the project's functions are looked for in this schema. */
function ask(project: Project, schema: string): Promise<void> {
  Object.assign(project, { schema, call: dataApi({ ...project.api, schema }) });
  return Promise.resolve();
}

/** Sets variables, and removes them afterwards. */
function inEnvironment(title: string, code: Code, changes: Record<string, string>): Fault {
  const undone = Object.fromEntries(Object.keys(changes).map((name) => [name, undefined]));
  return {
    title,
    code,
    breakIt: ({ set }) => set(changes),
    repair: ({ set }) => set(undone),
  };
}

async function rename({ folder, set }: TestSite, from: string, to: string): Promise<void> {
  await Deno.rename(new URL(from, folder), new URL(to, folder));
  await set({});
}

async function rewrite(
  { folder, set }: TestSite,
  file: string,
  change: (text: string) => string,
): Promise<void> {
  const url = new URL(file, folder);
  await Deno.writeTextFile(url, change(await Deno.readTextFile(url)));
  await set({});
}
