import assert from "node:assert/strict";
import postgres from "postgres";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { fingerprint } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

const { stack, schema, sql, ada, moduleId, webhookUrl } = await openStage();
const paid = checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId }));
await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, paid);

/** The results of these statements for the role behind SESAME_DB_URL. Refusals are left out. */
async function attemptAll(statements: string[]): Promise<string[]> {
  const role = sqlInSchema(postgres(webhookUrl, { max: 1, onnotice: () => {} }), schema);
  const done: string[] = [];
  for (const statement of statements) {
    const code = await role.unsafe(statement).then(() => "done", ({ code }) => code);
    if (code !== "42501") done.push(`${statement}: ${code}`);
  }
  await role.end();
  return done;
}

Deno.test("the role of the direct door reads and writes no table and no view", async () => {
  const before = await fingerprint(sql);
  const names = await sql<{ name: string }[]>`
    select format('%I.%I', nspname, relname) as name
    from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f')
      and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_'`;
  assert.ok(names.some(({ name }) => name === "sesame.grants"));
  const done = await attemptAll(names.flatMap(({ name }) => [
    `select from ${name}`,
    `insert into ${name} default values`,
    `delete from ${name}`,
  ]));
  // A view over several tables is read-only. Postgres reports this before it checks rights.
  assert.deepEqual(done.filter((text) => !text.endsWith(": 55000")), []);
  assert.equal(await fingerprint(sql), before);
});

Deno.test("the role of the direct door may execute three functions", async () => {
  const found = await sql<{ name: string }[]>`
    select pg_proc.oid::regprocedure::text as name
    from pg_catalog.pg_proc join pg_catalog.pg_namespace on pg_namespace.oid = pronamespace
    where nspname not in ('pg_catalog', 'information_schema')
      and has_schema_privilege('sesame_webhook', nspname, 'usage')
      and has_function_privilege('sesame_webhook', pg_proc.oid, 'execute')`;
  assert.deepEqual(
    found.map(({ name }) => name).sort(),
    [
      ...["process_stripe_events(jsonb,boolean)", "fold_received_events(text[])"],
      "sesame_warm_up(integer)",
    ].map((name) => schema === "public" ? name : `${schema}.${name}`).sort(),
  );
});

Deno.test("the role of the direct door creates nothing and assumes no other role", async () => {
  const done = await attemptAll([
    "create table public.mine ()",
    "create schema mine",
    "create role mine",
    "set role postgres",
    "set role service_role",
    "alter role sesame_webhook superuser",
    "copy (select 1) to program 'true'",
    "select pg_catalog.pg_read_file('/etc/passwd')",
    "alter function public.process_stripe_events(jsonb, boolean) security invoker",
  ]);
  assert.deepEqual(done, []);
});
