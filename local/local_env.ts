/** The file in which the running stack describes itself to other programs. */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import type { Stack } from "./stack.ts";
import { Complaint } from "./terminal.ts";
import { task } from "../diagnosis/task_command.ts";

/** The variables of the file. */
export interface LocalEnv {
  API_URL: string;
  /** As hosted: the role `postgres`. The superuser is `supabase_admin`, with the same password. */
  DB_URL: string;
  FUNCTIONS_URL: string;
  PUBLISHABLE_KEY: string;
  SECRET_KEY: string;
  JWT_SECRET: string;
  STRIPE_WEBHOOK_SECRET: string;
}

/** Where it is, unless `--stack-file` names another for a second stack. */
export const LOCAL_ENV = fileURLToPath(new URL("../supabase/.temp/local.env", import.meta.url));

/** The text of the file: `NAME="value"` lines, without the last newline. */
export function describeStack(stack: Stack): string {
  const env: LocalEnv = {
    API_URL: stack.apiUrl,
    DB_URL: stack.dbUrl,
    FUNCTIONS_URL: stack.functionsUrl,
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
 * The stack that runs at this moment.
 *
 * @throws Complaint where none does
 */
export async function readLocalEnv(file: string): Promise<LocalEnv> {
  const text = await readIfThere(file);
  if (text === null) throw new Complaint(`no stack is running: start one with ${task("dev")}`);
  return parseEnv(text) as unknown as LocalEnv;
}

async function readIfThere(file: string): Promise<string | null> {
  return await Deno.readTextFile(file).catch(() => null);
}
