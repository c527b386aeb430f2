import assert from "node:assert/strict";
import { memoryFolder } from "./memory_folder.ts";
import { startPostgres } from "./postgres.ts";
import { hasServer, readVersion } from "./postgres_server.ts";
import { ask, exists, until } from "./testing.ts";

Deno.test("a fresh Postgres is a 17 in UTF-8 and UTC that keeps its commits, even for root", async () => {
  await using server = await startPostgres();
  assert.match(String(await ask(server.adminUrl, "show server_version")), /^17\./);
  assert.equal(await ask(server.adminUrl, "show server_encoding"), "UTF8");
  assert.equal(await ask(server.adminUrl, "show timezone"), "UTC");
  assert.equal(await ask(server.adminUrl, "show fsync"), "on");
  assert.equal(await ask(server.adminUrl, "show synchronous_commit"), "on");
  const folder = String(await ask(server.adminUrl, "show data_directory"));
  assert.ok(!folder.startsWith("/dev/shm"), folder);
});

Deno.test("Debian's 15 comes with pg_cron preloaded", { ignore: !hasServer("15") }, async () => {
  await using server = await startPostgres({ version: "15", durable: false });
  assert.match(String(await ask(server.adminUrl, "show server_version")), /^15\./);
  assert.equal(await ask(server.adminUrl, "show shared_preload_libraries"), "pg_cron");
});

Deno.test("an unsupported version is refused in one line", () => {
  assert.throws(() => readVersion("9.6", "--postgres"), {
    name: "UserError",
    message: "--postgres takes 15, 17, 18, not 9.6",
  });
});

Deno.test("a Postgres that need not be durable does not wait for the disk", async () => {
  await using server = await startPostgres({ durable: false });
  assert.equal(await ask(server.adminUrl, "show fsync"), "off");
  const folder = String(await ask(server.adminUrl, "show data_directory"));
  assert.ok(folder.startsWith(memoryFolder() ?? "/"), folder);
});

Deno.test("stopping Postgres removes its data, and doing it twice does no harm", async () => {
  const server = await startPostgres({ durable: false });
  const folder = String(await ask(server.adminUrl, "show data_directory"));
  assert.ok(await exists(folder));
  await server.stop();
  await server.stop();
  assert.equal(await exists(folder), false);
});

Deno.test("two Postgres run side by side, and neither takes the other's port", async () => {
  await using ada = await startPostgres({ durable: false });
  await using bob = await startPostgres({ durable: false });
  assert.notEqual(ada.port, bob.port);
  await assert.rejects(startPostgres({ port: ada.port }), {
    name: "UserError",
    message: `port ${ada.port} is taken: choose another with --db-port, or end what uses it`,
  });
});

Deno.test("a paused Postgres refuses connections, and has its data when it is resumed", async () => {
  await using server = await startPostgres({ durable: false });
  await ask(server.adminUrl, "create table kept as select 7 as n");
  await server.pause();
  await assert.rejects(ask(server.adminUrl, "select 1"), { code: "ECONNREFUSED" });
  await server.resume();
  assert.equal(await ask(server.adminUrl, "select n from kept"), 7);
});

Deno.test("a Postgres that cannot be resumed gives the reason, and can be resumed after the fix", async () => {
  await using server = await startPostgres({ durable: false });
  await server.pause();
  const blocker = Deno.listen({ hostname: "127.0.0.1", port: server.port });
  await assert.rejects(
    server.resume(),
    /^Error: Postgres did not start:\n.*Address already in use/s,
  );
  blocker.close();
  await server.resume();
  assert.equal(await ask(server.adminUrl, "select 1"), 1);
});

Deno.test("a Postgres leaves neither process nor data when its owner is killed", async () => {
  const program = `
    const { startPostgres } = await import(${JSON.stringify(import.meta.resolve("./postgres.ts"))});
    console.log((await startPostgres()).adminUrl);
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const owner = new Deno.Command(Deno.execPath(), { args: ["eval", program], stdout: "piped" })
    .spawn();
  const reader = owner.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = String((await reader.read()).value).trim();
  const folder = String(await ask(url, "show data_directory"));

  owner.kill("SIGKILL");
  await owner.status;
  await reader.cancel();
  await until(async () => !await exists(folder));
  await assert.rejects(ask(url, "select 1"), { code: "ECONNREFUSED" });
});
