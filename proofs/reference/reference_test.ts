import assert from "node:assert/strict";
import { KINDS } from "../../supabase/functions/_shared/facts/kinds.ts";
import { NEEDED_EVENTS, WELCOME_EVENTS } from "../../stripe/needed_events.ts";
import { readBook } from "../../cli/project/release.ts";
import { trackedFiles } from "../house/files.ts";
import { readCatalogue } from "./catalogue.ts";
import { INNER_STATES, POSTGRES_STATES, STATE_WORDS, VARIABLES } from "./error_words.ts";
import { raisesOfMigrations } from "./errors_page.ts";
import { EVENT_WORDS } from "./event_words.ts";
import { typesOf } from "./events_page.ts";
import { errorsOf } from "./functions_page.ts";
import { PAGES, textOf, urlOf } from "./pages.ts";
import { raisedIn, raisesOf, statesIn } from "./raised.ts";

/** The sources of the functions, without their tests. */
const OF_FUNCTIONS = /^supabase\/functions\/(?!.*_test\.ts$).*\.ts$/;

const catalogue = await readCatalogue();

for (const page of PAGES) {
  Deno.test(`docs/${page.file} is what the sources say (deno task reference)`, async () => {
    const written = await Deno.readTextFile(urlOf(page)).catch(() => "");
    assert.equal(written, await textOf(page, catalogue));
  });
}

Deno.test("every setting, public table, column of choice and public function has a comment", () => {
  const { settings, tables, functions } = catalogue;
  assert.ok(settings.length > 10 && tables.length > 4 && functions.length > 150);
  assert.deepEqual(settings.filter(({ comment }) => comment === null), []);
  assert.deepEqual(tables.filter(({ comment }) => comment === null), []);
  const isPublic = (name: string) => name.startsWith("public.");
  const lacking = functions.filter(({ name, comment }) => isPublic(name) && comment === null);
  assert.deepEqual(lacking.map(({ name }) => name), []);
});

Deno.test("given a SQLSTATE that the migrations raise, errors.md explains it, and explains no other", async () => {
  const raised = new Set((await raisesOfMigrations()).map(({ state }) => state));
  assert.ok(raised.size > 25);
  assert.deepEqual([...raised].filter((state) => !(state in STATE_WORDS)), []);
  const known = [...raised, ...POSTGRES_STATES];
  assert.deepEqual(Object.keys(STATE_WORDS).filter((state) => !known.includes(state)), []);
  assert.deepEqual(INNER_STATES.filter((state) => raised.has(state)), []);
});

Deno.test("given a SQLSTATE that a function's comment names, the text of the function raises it", () => {
  for (const one of catalogue.functions.filter(({ name }) => name.startsWith("public."))) {
    const found = errorsOf({ ...one, comment: "" }, catalogue.functions).map(({ state }) => state);
    const lacking = statesIn(one.comment ?? "").filter((state) =>
      !found.includes(state) && !POSTGRES_STATES.includes(state)
    );
    assert.deepEqual(lacking, [], one.name);
  }
});

Deno.test("a raise in a called function counts as the caller's", () => {
  const raises = raisesOf("public.claim_free_module", catalogue.functions);
  assert.deepEqual(
    raises.filter(({ state }) => state.startsWith("SE00")).map(({ state }) => state),
    ["SE001", "SE006", "SE007"],
  );
});

Deno.test("given a condition without a known state, reading it throws", () => {
  assert.deepEqual(raisedIn("raise sqlstate 'SE002' using\n  message = 'a slug''s own'"), [
    { state: "SE002", message: "a slug's own" },
  ]);
  assert.throws(() => raisedIn("raise division_by_zero using message = 'x'"), /division_by_zero/);
});

Deno.test("given any raise in the migrations, it is one that can be read", async () => {
  for (const { name, text } of await readBook()) {
    const all = text.match(/\braise (?!notice|warning|exception;)\w+[^;]*? using/g) ?? [];
    const read = all.filter((raise) => /raise (sqlstate '\w{5}'|[a-z_]+) using$/.test(raise));
    assert.deepEqual(all.filter((raise) => !read.includes(raise)), [], name);
  }
});

Deno.test("events.md has every event that is asked for or read, under its kind", () => {
  const wanted = [...NEEDED_EVENTS, ...WELCOME_EVENTS];
  assert.deepEqual(wanted.filter((type) => !(type in EVENT_WORDS)), []);
  assert.deepEqual(typesOf(null), ["radar.early_fraud_warning.created"]);
  const types = Object.keys(EVENT_WORDS);
  const starts = KINDS.flatMap(({ events, head }) => events ?? [`${head}.`])
    .filter((start) => !start.endsWith(".fetched"));
  assert.ok(starts.length > 10);
  const missing = starts.filter((start) => !types.some((type) => type.startsWith(start)));
  assert.deepEqual(missing, []);
});

Deno.test("errors.md has every variable that a function reads", async () => {
  const read = new Set<string>();
  for (const { text } of (await trackedFiles()).filter(({ path }) => OF_FUNCTIONS.test(path))) {
    const names = text.matchAll(
      /(?:(?:required|optional)\(source, |source\(|const (?:NAME|name) = )"([A-Z][A-Z_]+)"/g,
    );
    for (const [, name = ""] of names) read.add(name);
  }
  assert.ok(read.size > 8, [...read].join(" "));
  assert.deepEqual([...read].filter((name) => !(name in VARIABLES)), []);
});
