import assert from "node:assert/strict";
import postgres from "postgres";
import { startStack } from "./stack.ts";
import { exists, makeProject, until } from "./testing.ts";

async function dataFolder(dbUrl: string): Promise<string> {
  const sql = postgres(dbUrl, { max: 1 });
  const [row] = await sql`show data_directory`;
  await sql.end();
  return row?.data_directory;
}

Deno.test("two stacks run side by side, each with its own port, keys, members and modules", async () => {
  await using ada = await startStack({ durable: false });
  await using bob = await startStack({ durable: false });
  assert.notEqual(ada.apiUrl, bob.apiUrl);
  assert.notEqual(ada.secretKey, bob.secretKey);
  for (const { apiUrl, publishableKey } of [ada, bob]) {
    const response = await fetch(`${apiUrl}/rest/v1/modules?select=slug&slug=eq.stable-diffusion`, {
      headers: { apikey: publishableKey },
    });
    assert.deepEqual(await response.json(), [{ slug: "stable-diffusion" }]);
  }
  const stranger = await fetch(`${ada.apiUrl}/rest/v1/modules`, {
    headers: { apikey: bob.publishableKey },
  });
  await stranger.body?.cancel();
  assert.equal(stranger.status, 401);
});

Deno.test("a stopped stack leaves neither listener nor data, and stopping it twice does no harm", async () => {
  const stack = await startStack({ durable: false });
  const folder = await dataFolder(stack.dbUrl);
  await stack.stop();
  await stack.stop();
  assert.equal(await exists(folder), false);
  await assert.rejects(fetch(stack.apiUrl));
});

Deno.test("a stack whose database is down stops too, while requests wait for that database", async () => {
  const stack = await startStack({ functions: false, durable: false });
  const read = () =>
    fetch(`${stack.apiUrl}/rest/v1/modules`, { headers: { apikey: stack.publishableKey } })
      .then((response) => response.text());
  await Promise.all(Array.from({ length: 4 }, read));
  await stack.postgres.pause();
  const reading = Promise.allSettled(Array.from({ length: 8 }, read));
  await new Promise((resolve) => setTimeout(resolve, 200)); // until they try to connect
  let isStopped = false;
  const stopping = stack.stop().then(() => isStopped = true);
  await until(() => isStopped, 20);
  await stopping;
  await reading;
});

Deno.test("given a taken port, the stack reports it in one line and starts nothing", async () => {
  await using stack = await startStack({ functions: false, durable: false });
  const port = Number(new URL(stack.apiUrl).port);
  await assert.rejects(startStack({ port }), {
    name: "UserError",
    message: `port ${port} is taken: choose another with --port, or end what uses it`,
  });
});

Deno.test("given a refused migration, the stack names its line and leaves nothing behind", async () => {
  await using project = await makeProject({
    "migrations/20260101000000_folder.sql": "select 1;\nselect no_such_column;\n",
  });
  await assert.rejects(startStack({ project: project.url, durable: false }), {
    name: "UserError",
    message: /_folder\.sql:2: column "no_such_column" does not exist$/,
  });
});
