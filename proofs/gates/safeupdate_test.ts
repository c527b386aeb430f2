/**
 * Hosted projects load safeupdate for the Data API: it refuses (21000) an update or a delete without a where
 * clause, also inside a function. The extension is in no package, so its rule is checked in the text.
 */

import assert from "node:assert/strict";
import { parse } from "libpg-query";
import { readBook } from "../../cli/project/release.ts";

/** Where a statement begins, and not where a trigger, a lock or an upsert says `update`. */
const BEGINNING =
  /(?<!\b(?:for|or|on|do|grant|before|after|no key)\s+)\b(?:update|delete\s+from)\s+(?!set\b|of\b|on\b|\()/g;

/** The updates and deletes of a file without a where clause. */
async function careless(source: string): Promise<string[]> {
  const found: string[] = [];
  for (const statement of statementsIn(withoutComments(source))) {
    if (!await hasWhere(statement)) found.push(statement);
  }
  return found;
}

function* statementsIn(text: string): Generator<string> {
  const masked = text.replaceAll(
    /'(?:[^']|'')*'/g,
    (literal) => `'${" ".repeat(literal.length - 2)}'`,
  );
  for (const { index } of masked.matchAll(BEGINNING)) {
    yield text.slice(index, endOf(masked, index));
  }
  // Statements that are built at run time.
  for (const [, literal = ""] of text.matchAll(/'((?:[^']|'')*)'/g)) {
    if (/^\s*(update|delete)\b/.test(literal)) yield literal;
  }
}

/** The semicolon, or the bracket or dollar quote that closes around the statement. */
function endOf(text: string, begin: number): number {
  let depth = 0;
  for (const { 0: sign, index } of text.slice(begin).matchAll(/[();]|\$[a-z]*\$/g)) {
    if (sign === "(") depth++;
    else if (sign !== ")" || --depth < 0) return begin + index;
  }
  return text.length;
}

/** @throws if the text is not a statement, so that no unreadable text is skipped */
async function hasWhere(statement: string): Promise<boolean> {
  const readable = statement
    .replace(/\s+into\s+\w+(,\s*\w+)*\s*$/, "") // PL/pgSQL's
    // What format() puts in: assignments, more of them, a query, names.
    .replaceAll(/\bset %s/g, "set x = 1")
    .replaceAll(/ %s(?=\s+from\b)/g, "")
    .replaceAll("(%s)", "(select 1)")
    .replaceAll(/%(\d\$)?[sIL]/g, "x");
  const { stmts } = await parse(readable);
  const { UpdateStmt, DeleteStmt } = stmts[0].stmt;
  return (UpdateStmt ?? DeleteStmt).whereClause !== undefined;
}

function withoutComments(source: string): string {
  return source.replaceAll(/--[^\n]*/g, "");
}

Deno.test("every update and delete of the migrations has a where clause", async () => {
  let statements = 0;
  const found: string[] = [];
  for (const { name, text } of await readBook()) {
    statements += [...statementsIn(withoutComments(text))].length;
    found.push(...(await careless(text)).map((statement) => `${name}: ${statement}`));
  }
  assert.deepEqual(found, []);
  assert.ok(statements > 40, `only ${statements} statements were found`);
});

Deno.test("a statement without a where clause is found in any place", async () => {
  const source = `
    create trigger t after insert or update on a for each row execute function f();
    create function f() returns void language plpgsql as $$
    begin
      with gone as (delete from a returning id) select count(*) into v from gone;
      update b set x = (select 1 where true) returning y into v_y;
      insert into c values (1) on conflict (id) do update set id = 2;
      execute format('delete from %I', v_table);
      execute format($sql$ update %I set x = $1 $sql$, v_table) using 1;
      perform 1 from d where id = 1 for update; -- update e set x = 1;
      update f set x = 1 where id = 2;
    end
    $$;`;
  assert.deepEqual(await careless(source), [
    "delete from a returning id",
    "update b set x = (select 1 where true) returning y into v_y",
    "update %I set x = $1 ",
    "delete from %I",
  ]);
});
