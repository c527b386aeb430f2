import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import postgres from "postgres";
import { findFreePort } from "./ports.ts";
import { exists, until } from "./testing.ts";

const ROOT = new URL("../", import.meta.url);

/** A `deno task dev` that is up. */
interface Dev {
  child: Deno.ChildProcess;
  env: NodeJS.Dict<string>;
  /** All it printed. */
  output(): string;
  dataFolder: string;
  envFile: string;
}

function runDev(...flags: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "dev", ...flags],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a process group of its own, as in a terminal
  }).spawn();
}

async function startDev(): Promise<Dev> {
  const envFile = await Deno.makeTempFile({ prefix: "sesame-dev-" });
  const child = runDev("--port", "0", "--db-port", "0", "--env", envFile);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (output += text) }));
  }
  await until(() => output.includes("Sesame is up"));
  const env = parseEnv(await Deno.readTextFile(envFile));
  const sql = postgres(env.DB_URL ?? "", { max: 1 });
  const [row] = await sql`show data_directory`;
  await sql.end();
  return { child, env, output: () => output, dataFolder: row?.data_directory, envFile };
}

/** All processes below this one, and itself; empty where there is no /proc. */
async function family(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  const entries = await Array.fromAsync(Deno.readDir("/proc")).catch(() => []);
  for (const { name } of entries.filter(({ name }) => /^\d+$/.test(name))) {
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]));
  }
  const found = parents.has(pid) ? [pid] : [];
  for (const member of found) {
    parents.forEach((parent, child) => parent === member && found.push(child));
  }
  return found;
}

async function assertNothingIsLeft(dev: Dev, processes: number[]): Promise<void> {
  await until(async () => !await exists(dev.dataFolder));
  for (const pid of processes) {
    await until(async () => !await exists(`/proc/${pid}/cmdline`));
  }
  await assert.rejects(fetch(dev.env.API_URL ?? ""));
}

for (const signal of ["INT", "TERM"]) {
  Deno.test(`SIG${signal} ends deno task dev with 0, and leaves no process, data or file`, async () => {
    const dev = await startDev();
    const processes = await family(dev.child.pid);
    assert.ok(
      Deno.build.os !== "linux" || processes.length >= 4,
      "gateway, keeper, server, function",
    );

    // To the whole group, as a terminal does.
    await new Deno.Command("sh", { args: ["-c", `kill -${signal} -${dev.child.pid}`] }).output();
    assert.equal((await dev.child.status).code, 0, dev.output());
    await assertNothingIsLeft(dev, processes);
    assert.equal(await exists(dev.envFile), false);
  });
}

Deno.test("SIGKILL ends the functions and Postgres with deno task dev, and leaves no data", async () => {
  const dev = await startDev();
  const processes = await family(dev.child.pid);
  await new Deno.Command("sh", { args: ["-c", `kill -KILL -${dev.child.pid}`] }).output();
  await dev.child.status;
  await assertNothingIsLeft(dev, processes);
  await Deno.remove(dev.envFile); // nobody was left to do it
});

Deno.test("a taken port is one line that names it and the flag, exit code 1, and nothing started", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const free = String(findFreePort());
  for (
    const [flag, flags] of Object.entries({
      "--port": ["--port", String(port), "--db-port", free],
      "--db-port": ["--port", free, "--db-port", String(port)],
    })
  ) {
    const { code, stdout, stderr } = await runDev(...flags, "--env", "/dev/null").output();
    assert.equal(code, 1);
    assert.equal(new TextDecoder().decode(stdout), "");
    assert.equal(
      new TextDecoder().decode(stderr),
      `port ${port} is taken: choose another with ${flag}, or end what uses it\n`,
    );
    await assert.rejects(fetch(`http://127.0.0.1:${free}`));
  }
});
