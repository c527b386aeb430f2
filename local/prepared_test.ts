import assert from "node:assert/strict";
import { memoryFolder } from "./memory_folder.ts";
import type { LocalPostgres } from "./postgres.ts";
import { type Preparation, startPrepared } from "./prepared.ts";
import { ask } from "./testing.ts";

/** A folder for saved databases, removed when disposed. */
async function makeCache() {
  const dir = memoryFolder();
  const path = await Deno.makeTempDir({ prefix: "sesame-cache-", ...dir === null ? {} : { dir } });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Makes a table of this text, and counts how often that was done. */
function tableOf(text: string) {
  const preparation = {
    times: 0,
    sources: [text],
    async prepare({ adminUrl }: LocalPostgres) {
      preparation.times++;
      await ask(adminUrl, `create table kept as select '${text}' as text`);
    },
  };
  return preparation;
}

function start(cache: { path: string }, preparation: Preparation): Promise<LocalPostgres> {
  return startPrepared({ durable: false }, preparation, cache.path);
}

async function textOf(server: LocalPostgres): Promise<unknown> {
  return await ask(server.adminUrl, "select text from kept");
}

function namesIn({ path }: { path: string }): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
}

Deno.test("a database is prepared once, and no server writes into the saved one", async () => {
  await using cache = await makeCache();
  const preparation = tableOf("one");
  for (const _start of ["first", "second"]) {
    await using server = await start(cache, preparation);
    assert.equal(await textOf(server), "one");
    await ask(server.adminUrl, "drop table kept");
  }
  assert.equal(preparation.times, 1);
});

Deno.test("a server with prepared data has its own port, and the durability it asks for", async () => {
  await using cache = await makeCache();
  await using quick = await start(cache, tableOf("one"));
  await using durable = await startPrepared({}, tableOf("one"), cache.path);
  assert.notEqual(quick.port, durable.port);
  assert.equal(await ask(quick.adminUrl, "show fsync"), "off");
  assert.equal(await ask(durable.adminUrl, "show fsync"), "on");
});

Deno.test("two first starts at once each get the database, and one of the two is saved", async () => {
  await using cache = await makeCache();
  const [ada, bob] = await Promise.all([
    start(cache, tableOf("one")),
    start(cache, tableOf("one")),
  ]);
  try {
    assert.deepEqual([await textOf(ada), await textOf(bob)], ["one", "one"]);
    assert.equal(namesIn(cache).length, 1);
  } finally {
    await Promise.all([ada.stop(), bob.stop()]);
  }
});

Deno.test("a changed source gives another database, and the first one stays as it is", async () => {
  await using cache = await makeCache();
  for (const text of ["one", "two", "one"]) {
    await using server = await start(cache, tableOf(text));
    assert.equal(await textOf(server), text);
  }
  assert.equal(namesIn(cache).length, 2);
});

Deno.test("a preparation that fails is reported, and nothing is saved", async () => {
  await using cache = await makeCache();
  const fails = { sources: ["one"], prepare: () => Promise.reject(new Error("refused")) };
  await assert.rejects(start(cache, fails), { message: "refused" });
  assert.deepEqual(namesIn(cache), []);
});

Deno.test("a start that is killed while it saves leaves a half that is never used", async () => {
  await using cache = await makeCache();
  const program = `
    const { startPrepared } = await import(${JSON.stringify(import.meta.resolve("./prepared.ts"))});
    await startPrepared({}, {
      sources: ["one"],
      prepare(server) {
        const save = server.save;
        server.save = async (folder) => {
          await save(folder);
          await Deno.remove(folder + "/base", { recursive: true });
          console.log("half of it is there");
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        };
      },
    }, ${JSON.stringify(cache.path)});`;
  const killed = new Deno.Command(Deno.execPath(), { args: ["eval", program], stdout: "piped" })
    .spawn();
  const reader = killed.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value?.trim(), "half of it is there");
  killed.kill("SIGKILL");
  await killed.status;
  await reader.cancel();
  assert.equal(namesIn(cache).length, 1);

  await using server = await start(cache, tableOf("one"));
  assert.equal(await textOf(server), "one");
});

Deno.test("only the six newest are kept, and those that may be in use", async () => {
  await using cache = await makeCache();
  const make = async (name: string, minutes: number) => {
    await Deno.mkdir(`${cache.path}/${name}`);
    const used = new Date(Date.now() - minutes * 60_000);
    await Deno.utime(`${cache.path}/${name}`, used, used);
  };
  const old = ["a", "b", "c", "d", "e", "f", "g"];
  for (const [index, name] of old.entries()) await make(name, index + 2);
  await using _server = await start(cache, tableOf("one"));
  assert.deepEqual(namesIn(cache).filter((name) => old.includes(name)), ["a", "b", "c", "d", "e"]);

  const inUse = ["p", "q", "r", "s", "t", "u", "v"];
  for (const name of inUse) await make(name, 0);
  await using _other = await start(cache, tableOf("two"));
  assert.deepEqual(namesIn(cache).filter((name) => name.length === 1), inUse);
});
