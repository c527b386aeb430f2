import assert from "node:assert/strict";
import { jsonBody } from "./json_body.ts";

function read(body: BodyInit) {
  return jsonBody(new Request("http://localhost/", { method: "POST", body }));
}

Deno.test("a JSON object is read", async () => {
  assert.deepEqual(await read('{"module":"whisper"}'), { module: "whisper" });
});

Deno.test("a body that is not a JSON object is refused", async () => {
  for (const body of ["", "module=whisper", '{"module":', Uint8Array.of(0x22, 0xff, 0x22)]) {
    await assert.rejects(read(body), { code: "not_json" });
  }
  for (const body of ["[]", "null", '"whisper"']) {
    await assert.rejects(read(body), { code: "invalid_request" });
  }
});

Deno.test("a body of more than 1 MB is refused", async () => {
  await assert.rejects(read(" ".repeat(1_048_577)), { code: "body_too_large" });
});
