import assert from "node:assert/strict";
import { memoryFolder } from "./memory_folder.ts";

const ignore = Deno.build.os !== "linux";

Deno.test("a folder without enough room, or that does not exist, is not used", { ignore }, () => {
  assert.equal(memoryFolder("/tmp", 1), "/tmp");
  assert.equal(memoryFolder("/tmp", Infinity), null);
  assert.equal(memoryFolder("/no/such/folder", 1), null);
});
