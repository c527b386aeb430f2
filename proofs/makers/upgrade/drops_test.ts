import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../../local/bare_database.ts";
import { runOn } from "../../../local/database_copies.ts";
import { UserError } from "../../../local/terminal.ts";
import { dropAll, objectsToDrop } from "./drops.ts";
import { fullCatalogue, withNames } from "./generate.ts";

const OLD = `
  create schema sesame;
  create table sesame.sales (id int, email text);
  create function sesame.is_open(word text) returns boolean language plpgsql immutable set search_path = '' as
    $$ begin return true; end $$;
  create function sesame.tidy(word text) returns text language plpgsql immutable set search_path = '' as
    $$ begin return word; end $$;
  create function sesame.on_sale() returns trigger language plpgsql set search_path = '' as
    $$ begin return new; end $$;
  create trigger sale_noted before insert on sesame.sales for each row execute function sesame.on_sale();
  create view sesame.open_sales as select id, sesame.is_open(email) as is_open from sesame.sales;
  create view sesame.names as select email from sesame.open_sales join sesame.sales using (id);
  create function sesame.read_names() returns setof sesame.names language plpgsql set search_path = '' as
    $$ begin return query select * from sesame.names; end $$;
  create policy sales_open on sesame.sales using (sesame.is_open(email));`;

/** Another argument, another body, another policy, a column more in front, a trigger less. */
const NEW = OLD.replace("is_open(word text)", "is_open(word text, at timestamptz default null)")
  .replace("select * from sesame.names;", "table sesame.names;")
  .replace("using (sesame.is_open(email))", "using (true)")
  .replace("names as select email", "names as select id, email")
  .replace(/create trigger [^;]*;/, "");

Deno.test("what an upgrade drops", async (t) => {
  await using server = await startBareDatabase();
  await runOn(server.url, NEW);
  const wanted = await fullCatalogue(server.url);
  await runOn(server.url, `drop schema sesame cascade; ${OLD}`);
  const old = await fullCatalogue(server.url);
  const sql = postgres(withNames(server.url), { max: 1, onnotice: () => {} });

  await t.step("is what Postgres cannot replace, and no function with only another body", () => {
    assert.deepEqual(objectsToDrop(old, wanted), [
      "function sesame.is_open(text)",
      "policy sales_open on sesame.sales",
      "trigger sale_noted on sesame.sales",
      "view sesame.names",
    ]);
  });

  await t.step("goes with all that depends on it, in an order that Postgres accepts", async () => {
    const dropped = await dropAll(sql, ["function sesame.is_open(text)"]);
    assert.deepEqual(dropped.toSorted(), [
      "function sesame.is_open(text)",
      "function sesame.read_names()",
      "policy sales_open on sesame.sales",
      "view sesame.names",
      "view sesame.open_sales",
    ]);
  });

  await t.step("is refused while an index depends on it", async () => {
    await sql.unsafe("create index sales_email_idx on sesame.sales (sesame.tidy(email))");
    const refusal = await dropAll(sql, ["function sesame.tidy(text)"]).then(
      () => null,
      (error) => error,
    );
    assert.ok(refusal instanceof UserError);
    assert.match(refusal.message, /index sesame\.sales_email_idx depends on .* into moves\.sql/);
  });
  await sql.end();
});
