import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { fingerprint } from "./database_view.ts";
import { send, withAtMost } from "./delivery.ts";
import { openStage, type Persona } from "./stage.ts";

const { stack, schema, sql, ada, bob, anon, moduleId } = await openStage();
const rest = `${stack.apiUrl}/rest/v1`;
const paid = checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId }));
await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, paid);

const WHO: Record<string, Persona> = {
  "the member": ada,
  "another member": bob,
  "an anonymous caller": anon,
};

/** Everything that a URL can name, with a valid row or valid arguments. */
interface Target {
  schema: string;
  path: string;
  body: Record<string, unknown>;
}

/** Every table and view with one of its rows, or with a row of nulls if it is empty. */
async function relations(): Promise<Target[]> {
  const found = await sql<{ schema: string; name: string; columns: string[] }[]>`
    select nspname as schema, relname as name,
      array(
        select attname::text from pg_catalog.pg_attribute
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attidentity = ''
      ) as columns
    from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f')
      and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_'
    order by 1, 2`;
  return await Promise.all(found.map(async ({ schema, name, columns }) => {
    const [row] = await sql`select to_jsonb(held) as held from ${sql(schema)}.${
      sql(name)
    } as held limit 1`;
    const body = Object.fromEntries(columns.map((column) => [column, row?.held[column] ?? null]));
    return { schema, path: name, body };
  }));
}

/** Every function that may change something, with arguments of the right types. */
async function functions(): Promise<Target[]> {
  const found = await sql<{ schema: string; name: string; names: string[]; types: string[] }[]>`
    select nspname as schema, proname as name, coalesce(proargnames, '{}') as names,
      array(
        select format_type(type, null) from unnest(proargtypes) with ordinality as argument (type, place)
        order by place
      ) as types
    from pg_catalog.pg_proc join pg_catalog.pg_namespace on pg_namespace.oid = pronamespace
    where provolatile = 'v' and prokind in ('f', 'p')
      and nspname not in ('pg_catalog', 'information_schema')
    order by 1, 2`;
  return found.map(({ schema, name, names, types }) => ({
    schema,
    path: `rpc/${name}`,
    body: Object.fromEntries(types.map((type, place) => [names[place] ?? "", argument(type)])),
  }));
}

function argument(type: string): unknown {
  const values: Record<string, unknown> = {
    jsonb: [],
    bigint: 1,
    integer: 1,
    boolean: true,
    uuid: ada.id,
    "text[]": ["pi_1"],
    "timestamp with time zone": "2100-01-01",
    interval: "1 day",
  };
  return values[type] ?? "stable-diffusion"; // a module that is sold
}

/** The allowed errors of a request that must fail: no right, no such route, a read-only view. */
const REFUSALS = ["42501", "PGRST106", "55000"];

/** Functions that a member may call. They refuse a module that is not free and an unknown link. */
const OFFERS: Record<string, string> = {
  "rpc/claim_free_module": "SE007",
  "rpc/claim_purchase": "SE020",
};

/** Sends one request that must be refused. Returns null, or what happened instead. */
async function attempt(who: Persona, method: string, { schema, path, body }: Target) {
  const isBodiless = method === "GET" || method === "DELETE";
  // A function may also be called by GET, its arguments in the query.
  const query = method === "GET" && path.startsWith("rpc/") ? `?${queryOf(body)}` : "";
  const response = await fetch(`${rest}/${path}${query}`, {
    method: method === "UPSERT" ? "POST" : method,
    headers: {
      ...who.headers,
      "content-type": "application/json",
      ...method === "UPSERT" ? { prefer: "resolution=merge-duplicates" } : {},
      ...schema === "public" ? {} : { "accept-profile": schema, "content-profile": schema },
    },
    ...isBodiless ? {} : { body: JSON.stringify(body) },
  });
  const text = await response.text();
  const { code } = response.ok ? {} : JSON.parse(text);
  const isRefused = REFUSALS.includes(code) || path in OFFERS && code === OFFERS[path];
  return isRefused ? null : `${method} ${schema}.${path}: ${response.status} ${text}`;
}

/** Postgres writes an array in braces; a query has no other way to name one. */
function inQuery(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? `{${value}}` : JSON.stringify(value);
}

function queryOf(body: Target["body"]): URLSearchParams {
  const entries = Object.entries(body).map(([name, value]) => [name, inQuery(value)]);
  return new URLSearchParams(entries);
}

const tables = await relations();
const procedures = await functions();
const isPublic = (target: Target) => target.schema === schema;

Deno.test("the catalogue lists the tables and functions to try", () => {
  assert.ok(tables.filter(isPublic).some(({ path }) => path === "module_access"));
  assert.ok(procedures.filter(isPublic).some(({ path }) => path === "rpc/process_stripe_events"));
  assert.ok(tables.some(({ schema }) => schema === "sesame"));
});

for (const [title, who] of Object.entries(WHO)) {
  Deno.test(`${title} can write no table or view and call no restricted function`, async () => {
    const before = await fingerprint(sql);
    const attempts = [
      ...tables.filter(isPublic).flatMap((table) =>
        ["POST", "UPSERT", "PATCH", "DELETE"].map((method) => [method, table] as const)
      ),
      ...procedures.filter(isPublic).flatMap((procedure) =>
        ["POST", "GET"].map((method) => [method, procedure] as const)
      ),
    ];
    const open = await withAtMost(4, attempts, ([method, target]) => attempt(who, method, target));
    assert.deepEqual(open.filter((answer) => answer !== null), []);
    assert.equal(await fingerprint(sql), before);
  });

  Deno.test(`${title} can read and write nothing in any other schema`, async () => {
    const before = await fingerprint(sql);
    const attempts = [
      ...tables.filter((table) => !isPublic(table)).flatMap((table) =>
        ["GET", "POST", "PATCH", "DELETE"].map((method) => [method, table] as const)
      ),
      ...procedures.filter((procedure) => !isPublic(procedure)).map((procedure) =>
        ["POST", procedure] as const
      ),
    ];
    const open = await withAtMost(4, attempts, ([method, target]) => attempt(who, method, target));
    assert.deepEqual(open.filter((answer) => answer !== null), []);
    assert.equal(await fingerprint(sql), before);
  });
}
