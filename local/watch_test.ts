import assert from "node:assert/strict";
import { makeProject, until } from "./testing.ts";
import { watch } from "./watch.ts";

Deno.test("a burst of changes causes one call, and a changed test causes none", async () => {
  await using project = await makeProject({ "functions/a/index.ts": "", "config.toml": "" });
  let calls = 0;
  const places = [new URL("functions/", project.url), new URL("config.toml", project.url)];
  using _watching = watch(places, () => Promise.resolve(void calls++));

  await project.write({ "functions/a/handler_test.ts": "1" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(calls, 0);

  for (let text = 1; text <= 20; text++) {
    await project.write({ "functions/a/index.ts": `${text}` });
  }
  await until(() => calls > 0);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const burst = calls;
  assert.ok(burst <= 3, `${burst} calls`); // a busy machine may stop in the middle of the burst

  await project.write({ "config.toml": "[api]" });
  await until(() => calls > burst);
});
