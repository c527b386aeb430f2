import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask, readCatalogue } from "./catalogue.ts";

const CHANGES = [
  "create table public.diary (id bigint primary key, author text)",
  "alter table public.diary alter column author set not null",
  "alter table public.diary alter column author set default 'ada'",
  "alter table public.diary add constraint diary_has_an_author check (author <> '')",
  "create index diary_author_idx on public.diary (author)",
  "alter table public.diary enable row level security",
  "create policy diary_select_all on public.diary for select to anon using (true)",
  "alter policy diary_select_all on public.diary using (author = 'ada')",
  "grant update (author) on public.diary to authenticated",
  "comment on column public.diary.author is 'Who wrote.'",
  "create view public.authors as select author from public.diary",
  "create or replace view public.authors with (security_invoker) as select author from public.diary",
  "create function public.wrote() returns text language sql as $$ select 'a' $$",
  "create or replace function public.wrote() returns text language sql as $$ select 'b' $$",
  "revoke execute on function public.wrote() from anon",
  "create trigger diary_keep before update on public.diary for each row " +
  "execute function suppress_redundant_updates_trigger()",
  "create type public.mood as enum ('calm')",
  "alter type public.mood add value 'merry'",
  "create domain public.title as text constraint title_is_short check (length(value) < 80)",
  "alter default privileges in schema public revoke all on tables from anon",
  "revoke usage on schema public from authenticated",
];

Deno.test("every kind of change to a database shows in its catalogue", async (t) => {
  await using server = await startBareDatabase();
  let before = await readCatalogue(server.url);
  for (const change of CHANGES) {
    await t.step(change, async () => {
      await ask(server.url, change);
      const after = await readCatalogue(server.url);
      assert.notDeepEqual(after, before);
      before = after;
    });
  }
});

Deno.test("a function with many arguments has its full name", async () => {
  await using server = await startBareDatabase();
  const name = `many(${Array(9).fill("timestamp with time zone").join(",")})`;
  await ask(
    server.url,
    `create function public.${name} returns int language sql as $$ select 1 $$`,
  );
  const facts = await readCatalogue(server.url);
  assert.deepEqual(
    facts.filter((fact) => fact.name === name).map(({ kind }) => kind),
    ["execution", "function"],
  );
});
