/** The slot of one function: its process while it runs, and how to start another. */

import { bootFunction, type BootOptions, type FunctionProcess } from "./function_process.ts";
import { NO_SETTINGS } from "./functions_config.ts";

/** One function of the project, running or not. */
export interface FunctionSlot {
  name: string;
  /** True if its callers need a JWT, as `config.toml` says or by default. */
  verifyJwt: boolean;
  /** Its process. It is booted first if there is none. */
  wake(): Promise<FunctionProcess>;
  /** Gives the port of its process to `work`. The process is booted first if there is none. */
  use<T>(work: (port: number) => Promise<T>): Promise<T>;
  /** Kills it in the middle of its work. */
  kill(): Promise<void>;
  /** Lets it finish its work and the requests that were sent to it. */
  stop(): Promise<void>;
}

/** How long requests in flight may take when a function must stop. */
const GRACE_MS = 2_000;

/** Makes the slot, without a process yet. The function's output is logged under its name. */
export function openSlot(options: BootOptions): FunctionSlot {
  const { name, env, log, settings = NO_SETTINGS } = options;
  const uses = new Set<Promise<unknown>>();
  let running: Promise<FunctionProcess> | null = null;

  function wake(): Promise<FunctionProcess> {
    if (running !== null) return running;
    const process = bootFunction({
      ...options,
      env: { ...env, SUPABASE_FUNCTION_SLUG: name },
      log: (line) => log(`[${name}] ${redact(line, env)}`),
    });
    running = process;
    process.then(({ ended }) => ended, (error: Error) => log(error.message)).then(() => {
      if (running === process) running = null;
    });
    return process;
  }

  function use<T>(work: (port: number) => Promise<T>): Promise<T> {
    const done = wake().then(({ port }) => work(port)).finally(() => uses.delete(done));
    uses.add(done);
    return done;
  }

  /** A process that shuts down takes no new connection, even from one sent to it before. */
  async function drain(): Promise<void> {
    const late = AbortSignal.timeout(GRACE_MS);
    await Promise.race([
      Promise.allSettled(uses),
      new Promise((resolve) => late.addEventListener("abort", resolve)),
    ]);
  }

  async function stop(): Promise<void> {
    await drain();
    await (await running?.catch(() => null))?.stop();
  }
  return {
    name,
    verifyJwt: settings.verifyJwt,
    wake,
    use,
    kill: async () => await (await running?.catch(() => null))?.kill(),
    stop,
  };
}

/** A secret that a function prints by mistake is shown by its name. */
function redact(line: string, env: Record<string, string>): string {
  return Object.entries(env)
    .filter(([name, value]) => /KEY|SECRET|JWKS|_DB_URL/.test(name) && value.length >= 8)
    .reduce((text, [name, value]) => text.replaceAll(value, `[${name}]`), line);
}
