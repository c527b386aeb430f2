import assert from "node:assert/strict";
import { Refusal } from "../problem.ts";
import { orOlder } from "./or_older.ts";

const older = () => Promise.resolve("older");

Deno.test("a call that is answered has no older one", async () => {
  assert.equal(await orOlder(() => Promise.resolve("newer"), older), "newer");
});

Deno.test("a function that Postgres or the Data API does not know is called in the older form", async () => {
  const unknown = Object.assign(new Error("no function"), { code: "42883" });
  assert.equal(await orOlder(() => Promise.reject(unknown), older), "older");
  for (const reason of ["42883", "PGRST202"]) {
    const refusal = new Refusal("internal", { reason });
    assert.equal(await orOlder(() => Promise.reject(refusal), older), "older");
  }
});

Deno.test("any other error is the answer, and so is the error of the older call", async () => {
  const busy = new Refusal("unavailable", { reason: "55P03" });
  await assert.rejects(orOlder(() => Promise.reject(busy), older), busy);
  const unknown = new Refusal("internal", { reason: "PGRST202" });
  await assert.rejects(orOlder(() => Promise.reject(unknown), () => Promise.reject(busy)), busy);
});
