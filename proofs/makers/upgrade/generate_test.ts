import assert from "node:assert/strict";
import { startBareDatabase } from "../../../local/bare_database.ts";
import { runOn } from "../../../local/database_copies.ts";
import { fullCatalogue } from "./generate.ts";

Deno.test("a function in public has its schema in its name, as in the book", async () => {
  await using server = await startBareDatabase();
  await runOn(
    server.url,
    "create function public.probe() returns int language plpgsql as 'begin return 1; end'",
  );
  const names = (await fullCatalogue(server.url))
    .filter(({ kind, name }) => kind === "function" && name.includes("probe"))
    .map(({ name }) => name);
  assert.deepEqual(names, ["public.probe()"]);
});
