/**
 * The keeper of one temporary Postgres: a process between the caller and the server.
 *
 * It makes the cluster in a temporary directory of its own, obeys `start` and `stop` lines on
 * standard input, answers each with one line, and when its input ends (however its parent died,
 * `kill -9` included) it stops the server and removes the directory. It imports nothing.
 *
 * @module
 */

/** What the parent passes as the one JSON argument. */
export interface KeeperOrders {
  /** The folder that holds `bin`. */
  native: string;
  /** More flags of initdb. */
  initdb: string[];
  /** The name of the superuser. */
  superuser: string;
  /** True where the server's user cannot reach `native`: it is then copied next to the data. */
  copyNative: boolean;
  /** The user to run as, where the parent is root (which Postgres refuses). */
  owner: { uid: number; gid: number } | null;
  password: string;
  /** Server flags, as `name=value`. */
  settings: string[];
}

/** The running server and the end of its log, for the message when it fails. */
interface Server {
  child: Deno.ChildProcess;
  ready: Promise<boolean>;
  log: string[];
}

const LOG_LINES_KEPT = 8;

async function keep(orders: KeeperOrders): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "sesame-postgres-" });
  let server: Server | null = null;
  try {
    const native = await makeCluster(home, orders);
    for await (const order of lines(Deno.stdin.readable)) {
      if (server !== null) await stop(server);
      server = order === "stop" ? null : start(home, native, order.replace("start ", ""), orders);
      const up = server === null || await server.ready;
      answer(up ? { ok: true } : { ok: false, log: server?.log ?? [] });
    }
  } catch (error) {
    answer({ ok: false, log: [String(error)] });
  } finally {
    if (server !== null) await stop(server);
    await Deno.remove(home, { recursive: true });
  }
}

/** Creates the cluster under `home`; returns the folder of the binaries to run. */
async function makeCluster(home: string, orders: KeeperOrders): Promise<string> {
  const native = orders.copyNative ? `${home}/native` : orders.native;
  if (orders.copyNative) {
    const { cp } = await import("node:fs/promises");
    await cp(orders.native, native, { recursive: true, verbatimSymlinks: true });
  }
  await Deno.writeTextFile(`${home}/password`, orders.password);
  if (orders.owner !== null) {
    for (const path of [home, `${home}/password`]) {
      await Deno.chown(path, orders.owner.uid, orders.owner.gid);
    }
  }
  const { success, stderr } = await new Deno.Command(`${native}/bin/initdb`, {
    args: [
      `--pgdata=${home}/data`,
      `--username=${orders.superuser}`,
      `--pwfile=${home}/password`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      ...orders.initdb,
      "--no-sync", // after a crash of the machine this cluster is not needed
    ],
    ...commandOptions(home, orders),
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`initdb failed: ${new TextDecoder().decode(stderr).trim()}`);
  return native;
}

function start(home: string, native: string, port: string, orders: KeeperOrders): Server {
  const settings = [`port=${port}`, ...orders.settings].flatMap((setting) => ["-c", setting]);
  const child = new Deno.Command(`${native}/bin/postgres`, {
    args: ["-D", `${home}/data`, ...settings],
    ...commandOptions(home, orders),
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  return { child, log, ready: readUntilReady(child, log) };
}

/** True once connections are accepted, false if the server gave up; the log is read for ever after. */
function readUntilReady(child: Deno.ChildProcess, log: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    (async () => {
      for await (const line of lines(child.stderr)) {
        log.push(line);
        if (log.length > LOG_LINES_KEPT) log.shift();
        if (line.includes("database system is ready to accept connections")) resolve(true);
      }
      resolve(false);
    })();
  });
}

async function stop({ child }: Server): Promise<void> {
  try {
    // SIGINT is Postgres' fast shutdown. Windows knows no signals: there it is killed.
    child.kill(Deno.build.os === "windows" ? "SIGKILL" : "SIGINT");
  } catch {
    // It had already ended by itself.
  }
  await child.status;
}

function commandOptions(home: string, { owner }: KeeperOrders) {
  const { PATH, SystemRoot } = Deno.env.toObject();
  const env: Record<string, string> = { LC_ALL: "C", PATH: PATH ?? "/usr/bin:/bin" };
  if (SystemRoot !== undefined) env.SystemRoot = SystemRoot;
  return { cwd: home, clearEnv: true, env, stdin: "null" as const, ...owner };
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + text).split("\n");
    rest = complete.pop() ?? "";
    yield* complete;
  }
}

function answer(reply: { ok: true } | { ok: false; log: string[] }): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(reply)}\n`));
  } catch {
    // The parent is gone: only the cleaning up remains.
  }
}

if (import.meta.main) {
  // It ends with its input, in order, and never before.
  if (Deno.build.os !== "windows") {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, () => {});
    }
  }
  await keep(JSON.parse(Deno.args[0] ?? "{}") as KeeperOrders);
  Deno.exit(0);
}
