/** What is measured: a database of its own, and the webhook's function before it, by either door. */

import postgres from "postgres";
import { bootFunction, type FunctionProcess } from "../../local/function_process.ts";
import { platformEnv } from "../../local/functions_env.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { type CpuMeter, findChildren, meterProcess, meterServer, parentOf } from "./cpu.ts";
import type { Target } from "./targets.ts";

/** `api`: through the Data API's stand-in; `direct`: a connection of the webhook's own role. */
export type Door = "api" | "direct";

/** A fresh database with its Data API, without functions. */
export interface Site extends AsyncDisposable {
  /** The superuser's connection, for looking. */
  sql: postgres.Sql;
  /** The database as its superuser. */
  adminUrl: string;
  /** The database as the role sesame_webhook. */
  webhookUrl: string;
  /** What deliveries are signed with. */
  secret: string;
  /** Of the whole Postgres server. */
  cpu: CpuMeter;
  bootWebhook(door: Door): Promise<Webhook>;
}

/** A running function and the clock of its CPU. */
export interface Webhook extends AsyncDisposable {
  target: Target & { kind: "webhook" };
  cpu: CpuMeter;
}

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);
const PASSWORD = "bench";

/** Starts one; takes about three seconds. */
export async function openSite(): Promise<Site> {
  await using opened = new AsyncDisposableStack();
  const stack = opened.use(await startStack({ functions: false, realtime: false }));
  const sql = opened.adopt(
    postgres(stack.adminUrl, { max: 1, onnotice: () => {} }),
    (sql) => sql.end(),
  );
  await makeRoom(sql, stack);
  await sql.unsafe(BENCH).simple();
  const [backend] = await sql`select pg_backend_pid() as pid`;
  const webhookUrl = withLogin(stack.dbUrl, "sesame_webhook", PASSWORD);
  const owned = opened.move();
  return {
    sql,
    adminUrl: stack.adminUrl,
    webhookUrl,
    secret: stack.webhookSecret,
    cpu: meterServer(parentOf(backend?.pid)),
    bootWebhook: (door) => bootWebhook(stack, door === "direct" ? webhookUrl : null),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Several clients with 64 connections each are more than the server's default lets in. */
async function makeRoom(sql: postgres.Sql, { postgres }: Stack): Promise<void> {
  await sql`alter system set max_connections = 300`;
  await postgres.pause();
  await postgres.resume();
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

async function bootWebhook(stack: Stack, directUrl: string | null): Promise<Webhook> {
  const before = new Set(functionPids());
  const running: FunctionProcess = await bootFunction({
    folder: FUNCTIONS,
    name: "stripe-webhook",
    env: {
      ...platformEnv(stack.apiUrl, stack.dbUrl, stack),
      ...directUrl === null ? {} : { SESAME_DB_URL: directUrl },
    },
    log: () => {},
  });
  const pid = functionPids().find((pid) => !before.has(pid)) ?? NaN;
  return {
    target: { kind: "webhook", port: running.port, secret: stack.webhookSecret },
    cpu: meterProcess(pid),
    [Symbol.asyncDispose]: running.stop,
  };
}

function functionPids(): number[] {
  return findChildren(Deno.pid, "stripe-webhook/index.ts");
}

function withLogin(dbUrl: string, role: string, password: string): string {
  const url = new URL(dbUrl);
  url.username = role;
  url.password = password;
  return url.href;
}
