/** Attacks: reading secrets from the list of processes, or from the output of a tool. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** New in each run: another run on the same machine must not be taken for this one. */
const MARK = crypto.randomUUID().slice(-12);
const SECRETS = ["sb_secret_", "db_password_", "sk_test_"].map((start) => start + MARK);

interface Run {
  code: number;
  printed: string;
}

/** Runs a tool as typed: `deno task` prints the command line that it starts. */
async function type(task: string[], env: Record<string, string> = {}): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", ...task],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, printed: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A Postgres that takes no connections yet: `FATAL 57P03`, as the protocol writes it. */
const STARTING_UP = new TextEncoder().encode(
  "E\0\0\0$SFATAL\0VFATAL\0C57P03\0Mstarting\0\0", // $ is 36: how long all of it is
);

/** The command lines of every process there is. */
async function commandLines(): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    lines.push(await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""));
  }
  return lines.map((line) => line.replaceAll("\0", " "));
}

/** A project and a database that read the list of processes while a tool waits for them. */
function onlookers() {
  const seen = new Set<string>();
  async function look(): Promise<void> {
    for (const line of await commandLines()) seen.add(line);
  }
  const api = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async () => {
    await look();
    return Response.json({ code: "PGRST000" }, { status: 500 });
  });
  const database = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const answered = (async () => {
    for await (const connection of database) {
      await connection.read(new Uint8Array(1_024));
      await look();
      await connection.write(STARTING_UP).catch(() => {});
      connection.close();
    }
  })();
  return {
    seen,
    env: {
      SUPABASE_URL: `http://127.0.0.1:${api.addr.port}`,
      SUPABASE_SECRET_KEY: SECRETS[0]!,
      SUPABASE_DB_URL: `postgresql://postgres:${SECRETS[1]}@127.0.0.1:${database.addr.port}/x`,
      STRIPE_SECRET_KEY: SECRETS[2]!,
      STRIPE_API_BASE: `http://127.0.0.1:${api.addr.port}`,
    },
    async [Symbol.asyncDispose]() {
      database.close();
      await Promise.all([api.shutdown(), answered]);
    },
  };
}

const TASKS: [task: string[], mark: RegExp][] = [
  [["explain", "pi_1"], /explain\/main\.ts/],
  [["doctor"], /doctor\/main\.ts/],
  [["reconcile", "--dry-run"], /reconcile\/main\.ts/],
  [["backfill", "--dry-run"], /backfill\/main\.ts/],
];

for (const [task, mark] of TASKS) {
  Deno.test({
    name: `deno task ${task[0]} shows no secret in the list of processes, nor in what it prints`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using watched = onlookers();
      const file = await Deno.makeTempFile({ prefix: "sesame-env-" });
      const lines = Object.entries(watched.env).map(([name, value]) => `${name}="${value}"`);
      await Deno.writeTextFile(file, lines.join("\n"));
      for (
        const { code, printed } of [
          await type(task, watched.env),
          await type([...task, "--env-file", file]),
        ]
      ) {
        assert.notEqual(code, 0, printed); // nothing answers as a project does
        for (const secret of SECRETS) assert.doesNotMatch(printed, new RegExp(secret));
      }
      await Deno.remove(file);
      const all = [...watched.seen].join("\n");
      assert.match(all, mark, "the tool was seen at work");
      for (const secret of SECRETS) assert.doesNotMatch(all, new RegExp(secret));
    },
  });
}

Deno.test("a tool with the old --key says where the key belongs, without printing it", async () => {
  for (const [task] of TASKS) {
    const { code, printed } = await type(["--quiet", ...task, "--key", SECRETS[0]!]);
    assert.notEqual(code, 0);
    assert.match(printed, /^--key is not accepted[^\n]* SUPABASE_SECRET_KEY [^\n]*\n$/);
  }
});
