import assert from "node:assert/strict";
import { ask } from "../../../cli/catalogue/catalogue.ts";
import { bind, readBook } from "../../../cli/project/release.ts";
import { startBareDatabase } from "../../../local/bare_database.ts";
import { runOn } from "../../../local/database_copies.ts";

const GUARD = (await Deno.readTextFile(new URL("guard.sql", import.meta.url)))
  .replaceAll("<from>", "0.1.0").replaceAll("<to>", "0.2.0").replaceAll(
    "<stamp>",
    "20270101000000",
  );

Deno.test("a database that lost the rows of its versions, as a dump without data, is not upgraded", async () => {
  await using server = await startBareDatabase();
  await runOn(server.url, bind(await readBook(), null, "0.1.0"));
  await ask(server.url, "update sesame.release set version = '0.1.0' where true");
  await runOn(server.url, GUARD);
  await ask(server.url, "delete from sesame.release where true");
  await assert.rejects(
    runOn(server.url, GUARD),
    /sesame\.release is empty here; nothing was changed/,
  );
});
