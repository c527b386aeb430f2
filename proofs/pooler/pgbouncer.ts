/** The real PgBouncer in transaction mode, between the direct door and the Postgres of a stage. */

import { findFreePort } from "../../local/ports.ts";
import { exists, until } from "../../local/testing.ts";
import type { Stage } from "../e2e/stage.ts";

/** Where Debian's package puts it; `PGBOUNCER` names another one. */
const PGBOUNCER = Deno.env.get("PGBOUNCER") ?? "/usr/sbin/pgbouncer";

/** How many connections to Postgres all its clients share. */
export const POOL_SIZE = 3;

export interface PgBouncer {
  port: number;
  /** The database through the pooler, as the webhook's own role: for `SESAME_DB_URL`. */
  url: string;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts PgBouncer on a free port. */
export async function startPgBouncer({ webhookUrl }: Stage): Promise<PgBouncer> {
  if (!await exists(PGBOUNCER)) {
    throw new Error(
      `no PgBouncer at ${PGBOUNCER}: apt-get install pgbouncer, or name yours in the variable PGBOUNCER`,
    );
  }
  const url = new URL(webhookUrl);
  const port = findFreePort();
  const config = configOf(new URL(webhookUrl), port);
  url.port = String(port);

  let running = await run(config, port);
  return {
    port,
    url: url.href,
    start: async () => void (running = await run(config, port)),
    stop: () => running.disposeAsync(),
  };
}

/** The files that PgBouncer reads. Paths in them are relative to their folder. */
function configOf(postgres: URL, port: number): Record<string, string> {
  return {
    "users.txt": `"${postgres.username}" "${postgres.password}"\n`,
    "pgbouncer.ini": `[databases]
postgres = host=${postgres.hostname} port=${postgres.port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
auth_type = scram-sha-256
auth_file = users.txt
server_login_retry = 1
`,
  };
}

/** One process, with a folder of its own; disposing ends it. */
async function run(config: Record<string, string>, port: number): Promise<AsyncDisposableStack> {
  await using started = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "sesame-pgbouncer-" });
  started.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.chmod(folder, 0o755);
  for (const [name, text] of Object.entries(config)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const child = new Deno.Command(PGBOUNCER, {
    args: [...asUnprivilegedUser(), "pgbouncer.ini"],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  started.defer(async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
    await Promise.all([child.status, log]);
  });
  const ended = child.status.then(async () => {
    throw new Error(`PgBouncer has ended: ${await log}`);
  });
  ended.catch(() => {}); // it is expected to end at disposal
  await Promise.race([ended, until(() => accepts(port))]);
  return started.move();
}

/** PgBouncer refuses to run as root, which continuous integration is. */
function asUnprivilegedUser(): string[] {
  return Deno.uid() === 0 ? ["-u", "nobody"] : [];
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
