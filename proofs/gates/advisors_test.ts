import assert from "node:assert/strict";
import { applyMigrations } from "../../local/migrations.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { supabase } from "./supabase_cli.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);
const PAGE = new URL("../../docs/advisors.md", import.meta.url);

/** The lints of the CLI's rules. The Dashboard has more rules. */
const OF_THE_CLI = ["rls_enabled_no_policy", "unused_index"];

/** The Dashboard's newer rules as queries of the catalogue. */
const OF_THE_DASHBOARD: Record<string, string> = {
  authenticated_security_definer_function_executable: callable("authenticated"),
  anon_security_definer_function_executable: callable("anon"),
  pg_graphql_authenticated_table_exposed: readable("authenticated"),
  pg_graphql_anon_table_exposed: readable("anon"),
};

Deno.test("Supabase's own advisors", async (t) => {
  await using server = await startBareDatabase();
  await applyMigrations(server.url, MIGRATIONS);
  // As PostgREST's setting says on a hosted project: some rules look at exposed schemas alone.
  await ask(server.adminUrl, "alter database postgres set pgrst.db_schemas = 'public'");
  const documented = await readPage();

  await t.step("give no warning that the page does not explain", async () => {
    const { code, stdout, stderr } = await advisors(server.url, "warn");
    assert.equal(code, 0, stdout + stderr);
  });

  await t.step("report what the page says, no more and no less", async () => {
    const { stdout } = await advisors(server.url, "info");
    const reported = (JSON.parse(stdout) as Lint[]).filter(isOurs);
    assert.deepEqual([...new Set(reported.map(({ name }) => name))].sort(), OF_THE_CLI);
    const open = reported.filter(({ name }) => name === "rls_enabled_no_policy");
    assert.ok(open.every(({ metadata }) => metadata.schema === "sesame"), JSON.stringify(open));
  });

  await t.step("the Dashboard's newer rules find what the page names", async () => {
    const found = await Promise.all(
      Object.entries(OF_THE_DASHBOARD).map(async ([name, query]) => {
        const rows = await ask(server.url, query);
        return [name, rows.map(({ about }) => String(about))] as const;
      }),
    );
    const reported = found.filter(([, about]) => about.length > 0);
    const expected = [...documented].filter(([name]) => !OF_THE_CLI.includes(name));
    assert.deepEqual(Object.fromEntries(reported), Object.fromEntries(expected));
  });

  await t.step("every rule that the page names exists", () => {
    const known = [...OF_THE_CLI, ...Object.keys(OF_THE_DASHBOARD)];
    assert.deepEqual([...documented.keys()].filter((name) => !known.includes(name)), []);
    assert.deepEqual(OF_THE_CLI.filter((name) => !documented.has(name)), []);
  });

  await t.step("catch a public table without RLS", async () => {
    await ask(server.url, "create table public.diary (id bigint primary key)");
    await ask(server.url, "grant select on public.diary to anon");
    const { code, stdout, stderr } = await advisors(server.url, "warn");
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /rls_disabled_in_public/);
  });
});

interface Lint {
  name: string;
  metadata: { schema?: string };
}

function isOurs({ metadata }: Lint): boolean {
  return metadata.schema === "sesame" || metadata.schema === "public";
}

function advisors(dbUrl: string, level: "info" | "warn") {
  const flags = ["--level", level, "--fail-on", "warn", "-o", "json"];
  return supabase(["db", "advisors", `--remote=${dbUrl}`, ...flags]);
}

/** The lints of the page, each with what it is about where the page names that in code. */
async function readPage(): Promise<Map<string, string[]>> {
  const rows = (await Deno.readTextFile(PAGE)).matchAll(/^\| `(\w+)` +\| \w+ +\| ([^|]+)\|/gm);
  return new Map([...rows].map(([, name = "", about = ""]) => [
    name,
    [...about.matchAll(/`(\w+)`/g)].map(([, word = ""]) => word).sort(),
  ]));
}

function callable(role: string): string {
  return `
    select proname::text as about from pg_proc
    where pronamespace = 'public'::regnamespace and prosecdef and has_function_privilege('${role}', oid, 'execute')
    order by 1`;
}

function readable(role: string): string {
  return `
    select relname::text as about from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'f', 'p')
      and (has_table_privilege('${role}', oid, 'select') or has_any_column_privilege('${role}', oid, 'select'))
    order by 1`;
}
