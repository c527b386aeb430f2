import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { UserError } from "../../local/terminal.ts";
import { takeSnapshot } from "../catalogue/snapshot.ts";
import { OLD_ROWS, OLD_SHAPE } from "./old_database.ts";
import { isInstalled, rehearse } from "./rehearsal.ts";

Deno.test("before the push, a rehearsal gives a complete forecast and changes nothing", async () => {
  await using server = await startBareDatabase();
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  await sql.unsafe(OLD_SHAPE + OLD_ROWS).simple();
  const before = await takeSnapshot(server.url);
  assert.equal(await isInstalled(sql), false);

  const { forecast } = await rehearse(sql, () => {});
  const line = ({ old_table, state, number }: { [name: string]: unknown }) =>
    [old_table, state, number].join(" ");
  assert.deepEqual(forecast.report.map((it) => line({ ...it })), [
    "access_tokens came 2",
    "access_tokens stays 1",
    "access_tokens stays 1",
    "access_tokens waits 3",
    "module_access came 1",
    "module_access came 3",
    "module_access waits 1",
    "modules came 3",
  ]);
  assert.equal(forecast.rows.length, 12);
  assert.equal(forecast.rows[0]?.state, "stays");
  assert.deepEqual(
    forecast.columns.map(({ of_table, name, state }) => [of_table, name, state].join(" ")),
    [
      "module_access updated_at is left",
      "modules name is carried",
      "modules price is carried",
    ],
  );
  assert.equal(forecast.tokenIds, "uuid");
  assert.deepEqual(await takeSnapshot(server.url), before);

  await sql`create schema sesame`;
  await assert.rejects(rehearse(sql, () => {}), (error: Error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /schema sesame exists and is not ours/);
    return true;
  });
  await sql.end();
});
