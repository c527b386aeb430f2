/** A temporary Postgres on a loopback port, which disappears with its owner. */

import { memoryFolder } from "./memory_folder.ts";
import type { KeeperOrders } from "./postgres_keeper.ts";
import {
  chosenVersion,
  findServer,
  findServerOwner,
  isReachableByOthers,
  type PostgresVersion,
} from "./postgres_server.ts";
import { findFreePort, portTaken, refuseTakenPort } from "./ports.ts";

/** How to start it. */
export interface PostgresOptions {
  /** Which server; default the one that `SESAME_POSTGRES` names, and 17 without it. */
  version?: PostgresVersion;
  /** The port on 127.0.0.1; 0, the default, picks a free one. */
  port?: number;
  /** False: no fsync, and data in memory where there is room, so that tests run faster. Default true. */
  durable?: boolean;
  /** The folder of a saved server, whose data this one begins with; default none, a new cluster. */
  data?: string;
}

/**
 * A running server with a database `postgres` and, as hosted, the superuser `supabase_admin`. The prelude
 * makes the other roles. All of them have the password `postgres`.
 */
export interface LocalPostgres extends AsyncDisposable {
  /** The database as the superuser. */
  adminUrl: string;
  /** The database as one of the roles that the prelude makes. */
  urlAs(role: PlatformRole): string;
  port: number;
  /** Stops the server and keeps its data, as where a database is down. */
  pause(): Promise<void>;
  /**
   * Starts it again after `pause()`, on the same port.
   *
   * @throws Error with the end of the server's log, where it does not come up
   */
  resume(): Promise<void>;
  /**
   * Stops the server and copies its data to a folder that does not exist yet.
   *
   * @throws Error where the copy fails; then the folder is not whole
   */
  save(folder: string): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** The roles that log in: the owner of a project, the Data API, and Auth. */
export type PlatformRole = "postgres" | "authenticator" | "supabase_auth_admin";

/** The keeper's answer to a command. */
type Reply = { ok: true } | { ok: false; log: string[] };

const SUPERUSER = "supabase_admin";
const PASSWORD = "postgres";
const ATTEMPTS = 3;
/** The option of `dev` that chooses another port. */
const FLAG = "--db-port";

/**
 * Starts a server; takes about a second, and half of it from saved data.
 *
 * @throws UserError naming the port and its flag, where the port is taken
 * @throws Error with the end of the server's log, where it does not come up
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<LocalPostgres> {
  const wanted = options.port ?? 0;
  refuseTakenPort(wanted, FLAG);
  const keeper = startKeeper(await keeperOrders(options));
  try {
    const port = await startOnPort(keeper, wanted);
    const urlAs = (role: string) => `postgresql://${role}:${PASSWORD}@127.0.0.1:${port}/postgres`;
    return {
      adminUrl: urlAs(SUPERUSER),
      urlAs,
      port,
      pause: async () => void await keeper.order("stop"),
      resume: async () => {
        const reply = await keeper.order(`start ${port}`);
        if (!reply.ok) throw notStarted(reply.log);
      },
      save: async (folder) => {
        const reply = await keeper.order(`save ${folder}`);
        if (!reply.ok) throw new Error(`the data was not saved: ${reply.log.join("\n")}`);
      },
      stop: keeper.dismiss,
      [Symbol.asyncDispose]: keeper.dismiss,
    };
  } catch (error) {
    await keeper.dismiss();
    throw error;
  }
}

/** A free port may be gone before the server has it, so that is tried again. */
async function startOnPort(keeper: Keeper, wanted: number): Promise<number> {
  for (let attempt = 1;; attempt++) {
    const port = wanted === 0 ? findFreePort() : wanted;
    const reply = await keeper.order(`start ${port}`);
    if (reply.ok) return port;

    const isTaken = reply.log.some((line) => line.includes("Address already in use"));
    if (!isTaken) throw notStarted(reply.log);
    if (wanted !== 0 || attempt === ATTEMPTS) throw portTaken(port, FLAG);
  }
}

function notStarted(log: string[]): Error {
  return new Error(`Postgres did not start:\n${log.join("\n")}`);
}

/** The process that owns the server; see `postgres_keeper.ts`. */
interface Keeper {
  order(line: string): Promise<Reply>;
  dismiss(): Promise<void>;
}

function startKeeper(keeperOrders: KeeperOrders): Keeper {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-config", "--no-lock", "--allow-all"],
      new URL("./postgres_keeper.ts", import.meta.url).href,
      JSON.stringify(keeperOrders),
    ],
    stdin: "piped",
    stdout: "piped",
    detached: true, // a signal to the parent's process group does not reach the keeper
  }).spawn();
  const orders = child.stdin.getWriter();
  const replies = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let dismissed: Promise<void> | null = null;

  return {
    async order(line) {
      await orders.write(new TextEncoder().encode(`${line}\n`));
      const { value } = await replies.read();
      return value === undefined
        ? { ok: false, log: ["its keeper ended"] }
        : JSON.parse(value) as Reply;
    },
    dismiss() {
      return dismissed ??= (async () => {
        await orders.close().catch(() => {}); // it may have ended already
        await replies.cancel();
        await child.status;
      })();
    },
  };
}

async function keeperOrders(
  { version = chosenVersion(), durable = true, data }: PostgresOptions,
): Promise<KeeperOrders> {
  const { native, initdb, settings } = await findServer(version);
  const owner = findServerOwner();
  const copyNative = owner !== null && !isReachableByOthers(native);
  return {
    // Programs often may not be run from memory.
    folder: durable || copyNative ? null : memoryFolder(),
    native,
    copyNative,
    owner,
    data: data ?? null,
    initdb,
    superuser: SUPERUSER,
    password: PASSWORD,
    settings: [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "timezone=UTC", // as hosted
      "log_timezone=UTC",
      ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
      ...settings,
    ],
  };
}
