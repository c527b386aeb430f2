/** The place of one function: its process while it runs, and how to boot another. */

import { bootFunction, type BootOptions, type FunctionProcess } from "./function_process.ts";

/** One function of the project, running or not. */
export interface FunctionSlot {
  name: string;
  /** True where its callers need a JWT, as `config.toml` says or by default. */
  verifyJwt: boolean;
  /** Its process, booted first where there is none. */
  wake(): Promise<FunctionProcess>;
  /** Kills it in the middle of whatever it does. */
  kill(): Promise<void>;
  /** Lets it finish what it does. */
  stop(): Promise<void>;
}

/** Makes the place, and nothing runs yet; what the function prints is logged under its name. */
export function openSlot(options: BootOptions, verifyJwt: boolean): FunctionSlot {
  const { name, env, log } = options;
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
  return {
    name,
    verifyJwt,
    wake,
    kill: async () => await (await running?.catch(() => null))?.kill(),
    stop: async () => await (await running?.catch(() => null))?.stop(),
  };
}

/** A secret that a function prints by mistake is shown by its name. */
function redact(line: string, env: Record<string, string>): string {
  return Object.entries(env)
    .filter(([name, value]) => /KEY|SECRET|JWKS|_DB_URL/.test(name) && value.length >= 8)
    .reduce((text, [name, value]) => text.replaceAll(value, `[${name}]`), line);
}
