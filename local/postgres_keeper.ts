/**
 * The keeper of one temporary Postgres: a process between the caller and the server.
 *
 * It makes the cluster in a temporary directory of its own, obeys `start`, `stop` and `save` lines on
 * standard input, answers each with one line, and when its input ends (however its parent died,
 * `kill -9` included) it stops the server and removes the directory. It imports nothing.
 *
 * @module
 */

/** What the parent passes as the one JSON argument. */
export interface KeeperOrders {
  /** Where the temporary directory is made; null: where the system has its own. */
  folder: string | null;
  /** The folder that holds `bin`. */
  native: string;
  /** A saved cluster to begin with, whose folder is copied; null: initdb makes a new one. */
  data: string | null;
  /** More flags of initdb. */
  initdb: string[];
  /** The name of the superuser. */
  superuser: string;
  /** True if the server's user cannot reach `native`: it is then copied next to the data. */
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
/** Systems allow a process at least 256. */
const OPEN_FILES = 100;

async function keep(orders: KeeperOrders): Promise<void> {
  const place = orders.folder === null ? {} : { dir: orders.folder };
  const home = await Deno.makeTempDir({ prefix: "sesame-postgres-", ...place });
  let server: Server | null = null;
  try {
    const native = await makeCluster(home, orders);
    for await (const line of lines(Deno.stdin.readable)) {
      if (server !== null) await stop(server);
      const [order, value = ""] = divide(line);
      server = order === "start" ? start(home, native, value, orders) : null;
      if (order === "save") await save(`${home}/data`, value);
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

/** The order and what follows it, which may contain spaces: `save /a folder`. */
function divide(line: string): string[] {
  const [, order = "", value = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
  return [order, value];
}

/** Creates the cluster under `home`; returns the folder of the binaries to run. */
async function makeCluster(home: string, orders: KeeperOrders): Promise<string> {
  const native = orders.copyNative ? `${home}/native` : orders.native;
  if (orders.copyNative) {
    const { cp } = await import("node:fs/promises");
    await cp(orders.native, native, { recursive: true, verbatimSymlinks: true });
  }
  give(home, orders.owner);
  if (orders.data === null) await initialize(home, native, orders);
  else copyFolder(orders.data, `${home}/data`, orders.owner);
  return native;
}

async function initialize(home: string, native: string, orders: KeeperOrders): Promise<void> {
  await Deno.writeTextFile(`${home}/password`, orders.password);
  give(`${home}/password`, orders.owner);
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
}

/** Copies the data of a stopped server to a new folder, and waits until all of it is on the disk. */
async function save(data: string, folder: string): Promise<void> {
  const files = copyFolder(data, folder, null);
  while (files.length > 0) await Promise.all(files.splice(0, OPEN_FILES).map(sync));
}

async function sync(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

/** Copies a folder with all that it holds, for this owner; returns the files of the copy. */
function copyFolder(from: string, to: string, owner: KeeperOrders["owner"]): string[] {
  Deno.mkdirSync(to, { mode: 0o700 }); // Postgres refuses a folder that others can enter
  give(to, owner);
  return Array.from(Deno.readDirSync(from)).flatMap(({ name, isDirectory }) => {
    const [source, copy] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) return copyFolder(source, copy, owner);
    if (name.startsWith("postmaster.")) return []; // about the server that ran there
    Deno.copyFileSync(source, copy);
    give(copy, owner);
    return [copy];
  });
}

function give(path: string, owner: KeeperOrders["owner"]): void {
  if (owner !== null) Deno.chownSync(path, owner.uid, owner.gid);
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
    // It had already ended.
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
