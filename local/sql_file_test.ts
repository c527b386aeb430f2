import assert from "node:assert/strict";
import { divideSql } from "./sql_file.ts";

const FILE = `-- A comment; with a semicolon.
create table a (id int primary key, t text default ';''x'); -- trailing

/* block ; */
create function f() returns text language plpgsql as $$
begin
  return 'é;';
end;
$$;

create function g() returns int language sql begin atomic select 1; select 2; end;
insert into a values (1, E'\\';')
`;

Deno.test("a file is divided where Postgres ends a statement, comments staying with what follows", async () => {
  assert.deepEqual(await divideSql(FILE, "a.sql"), [
    {
      line: 1,
      text: "-- A comment; with a semicolon.\n" +
        "create table a (id int primary key, t text default ';''x')",
    },
    {
      line: 2,
      text: "-- trailing\n\n/* block ; */\ncreate function f() returns text language plpgsql " +
        "as $$\nbegin\n  return 'é;';\nend;\n$$",
    },
    {
      line: 11,
      text: "create function g() returns int language sql begin atomic select 1; select 2; end",
    },
    { line: 12, text: "insert into a values (1, E'\\';')" },
  ]);
});

Deno.test("a file of comments is one statement, and so is an empty one", async () => {
  assert.deepEqual(await divideSql("-- later\n", "a.sql"), [{ line: 1, text: "-- later" }]);
  assert.deepEqual(await divideSql("\n", "a.sql"), [{ line: 2, text: "" }]);
});

Deno.test("what is not SQL is reported with its file and line", async () => {
  await assert.rejects(divideSql("select 1;\n\nselct 2;", "folder/a.sql"), {
    name: "UserError",
    message: 'folder/a.sql:3: syntax error at or near "selct"',
  });
});
