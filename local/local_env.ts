/** The file that describes the running stack to other programs. */

import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import type { Stack } from "./stack.ts";
import { UserError } from "./terminal.ts";
import { task } from "../diagnosis/task_command.ts";
import { STACK_FOLDER } from "./places.ts";

/** The variables of the file. */
export interface LocalEnv {
  API_URL: string;
  /** As hosted: the role `postgres`. The superuser is `supabase_admin`, with the same password. */
  DB_URL: string;
  FUNCTIONS_URL: string;
  /** What the names of our functions begin with, where they have a prefix. */
  FUNCTIONS_PREFIX?: string;
  PUBLISHABLE_KEY: string;
  SECRET_KEY: string;
  JWT_SECRET: string;
  STRIPE_WEBHOOK_SECRET: string;
}

/** The default path. `--stack-file` names another path for a second stack. */
export const LOCAL_ENV = join(STACK_FOLDER, "local.env");

/** The text of the file: `NAME="value"` lines, without the last newline. */
export function describeStack(stack: Stack): string {
  const env: LocalEnv = {
    API_URL: stack.apiUrl,
    DB_URL: stack.dbUrl,
    FUNCTIONS_URL: stack.functionsUrl,
    ...stack.functionsPrefix === "" ? {} : { FUNCTIONS_PREFIX: stack.functionsPrefix },
    PUBLISHABLE_KEY: stack.publishableKey,
    SECRET_KEY: stack.secretKey,
    JWT_SECRET: stack.jwtSecret,
    STRIPE_WEBHOOK_SECRET: stack.webhookSecret,
  };
  return Object.entries(env).map(([name, value]) => `${name}="${value}"`).join("\n");
}

/** Writes the file, for its owner alone; disposing removes it, unless another stack wrote it since. */
export async function publishStack(stack: Stack, file: string): Promise<AsyncDisposable> {
  const text = `${describeStack(stack)}\n`;
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, text, { mode: 0o600 });
  return {
    async [Symbol.asyncDispose]() {
      if (await readIfThere(file) === text) await Deno.remove(file);
    },
  };
}

/**
 * The stack that is running.
 *
 * @throws UserError if none does
 */
export async function readLocalEnv(file: string): Promise<LocalEnv> {
  const text = await readIfThere(file);
  if (text === null) throw new UserError(`no stack is running: start one with ${task("dev")}`);
  return parseEnv(text) as unknown as LocalEnv;
}

async function readIfThere(file: string): Promise<string | null> {
  return await Deno.readTextFile(file).catch(() => null);
}
