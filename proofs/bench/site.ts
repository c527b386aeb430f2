/** The measured parts: a server with databases of its own, and processes of the webhook's function. */

import postgres from "postgres";
import { platformEnv } from "../../local/functions_env.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { type CpuMeter, meterServer, parentOf } from "./cpu.ts";
import type { Code } from "./bundled.ts";
import { bootFleet, type Fleet } from "./fleet.ts";

/** `api`: through the Data API's stand-in; `direct`: a connection of the webhook's own role. */
export type Door = "api" | "direct";

/** A fresh server with its Data API, without functions. */
export interface Site extends AsyncDisposable {
  /** The superuser's connection, for reading counters. */
  sql: postgres.Sql;
  /** The database as its superuser. */
  adminUrl: string;
  /** The database as the role sesame_webhook. */
  webhookUrl: string;
  /** The signing secret of deliveries. */
  secret: string;
  /** The CPU time of the whole Postgres server. */
  cpu: CpuMeter;
  /** One more database in the same server: as new as the first one was, or an empty one. */
  addDatabase(name: string, template?: "sesame" | "empty"): Promise<SiteDatabase>;
  bootWebhook(door: Door, options?: WebhookOptions): Promise<Fleet>;
}

/** A database of the server. */
export interface SiteDatabase {
  adminUrl: string;
  webhookUrl: string;
}

export interface WebhookOptions {
  /** How many processes; default one. */
  processes?: number;
  /** Default: the server's first database. Only for the direct door. */
  webhookUrl?: string;
  /** The origin of Stripe's API; default one where every request fails. */
  stripeUrl?: string;
  /** Default: the sources. */
  code?: Code;
}

const SOURCES: Code = {
  folder: new URL("../../supabase/functions/", import.meta.url),
  name: "stripe-webhook",
};
const PASSWORD = "bench";

/** Starts one; takes about four seconds. */
export async function openSite(): Promise<Site> {
  await using opened = new AsyncDisposableStack();
  const stack = opened.use(await startStack({ functions: false, realtime: false }));
  await makeRoom(stack);
  const sql = opened.adopt(
    postgres(stack.adminUrl, { max: 1, onnotice: () => {} }),
    (sql) => sql.end(),
  );
  await sql.unsafe(BENCH).simple();
  const [backend] = await sql`select pg_backend_pid() as pid`;
  const webhookUrl = withLogin(stack.dbUrl);
  const owned = opened.move();
  return {
    sql,
    adminUrl: stack.adminUrl,
    webhookUrl,
    secret: stack.webhookSecret,
    cpu: meterServer(parentOf(backend?.pid)),
    async addDatabase(name, template = "sesame") {
      await sql.unsafe(`create database ${name} template ${TEMPLATES[template]}`);
      return { adminUrl: at(stack.adminUrl, name), webhookUrl: at(webhookUrl, name) };
    },
    bootWebhook: (door, options = {}) =>
      bootWebhook(stack, {
        ...options,
        url: door === "api" ? null : options.webhookUrl ?? webhookUrl,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** `sesame` is the first database as it is at the start. */
const TEMPLATES = { sesame: "bench_template", empty: "template0" };

/** Room for several clients with 64 connections each; and the template, while no connection is open. */
async function makeRoom({ adminUrl, postgres: server }: Stack): Promise<void> {
  const sql = postgres(at(adminUrl, "template1"), { max: 1, onnotice: () => {} });
  await sql`alter system set max_connections = 500`;
  await server.pause();
  await server.resume();
  await sql.unsafe(`create database ${TEMPLATES.sesame} template postgres`);
  await sql.end();
}

const BENCH = `
  alter role sesame_webhook login password '${PASSWORD}';
  create schema bench;
  create table bench.bare (
    id bigint generated always as identity primary key, body text storage external
  );
  grant usage on schema bench to sesame_webhook;
  grant insert on bench.bare to sesame_webhook;
`;

function bootWebhook(
  stack: Stack,
  { url, stripeUrl, code = SOURCES, processes = 1 }: WebhookOptions & { url: string | null },
): Promise<Fleet> {
  const env = {
    ...platformEnv(stack.apiUrl, stack.dbUrl, stack, stripeUrl),
    ...url === null ? {} : { SESAME_DB_URL: url },
  };
  return bootFleet({ ...code, env }, processes, stack.webhookSecret);
}

function withLogin(dbUrl: string): string {
  const url = new URL(dbUrl);
  url.username = "sesame_webhook";
  url.password = PASSWORD;
  return url.href;
}

/** The same server's database of this name. */
function at(dbUrl: string, name: string): string {
  const url = new URL(dbUrl);
  url.pathname = `/${name}`;
  return url.href;
}
