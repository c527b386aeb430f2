/** The Edge Functions of a folder, each in its own process, behind one `fetch`. */

import { deliver } from "./function_delivery.ts";
import { type FunctionSlot, openSlot } from "./function_slot.ts";
import { readPublicFunctions } from "./functions_config.ts";
import { isValidJwt } from "./jwt.ts";

/** Which functions, their environment, and where their output goes. */
export interface FunctionsOptions {
  /** The URL of the project's `supabase/`, with its last slash. */
  project: URL;
  /** Signs the tokens of its members. */
  jwtSecret: string;
  /** The environment of every function, read anew at each reload. */
  readEnv(): Promise<Record<string, string>>;
  /** Takes each line a function prints, and each report of one that does not boot. */
  log(line: string): void;
}

/** All the functions, running. */
export interface Functions {
  /** Takes a request whose path begins with the function's name: `/stripe-webhook/…`. */
  fetch(request: Request): Promise<Response>;
  /** Replaces every function by what the folder holds now. */
  reload(): Promise<void>;
  /** Kills one in the middle of its work; the next request starts it again. */
  kill(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** What the CLI accepts as the name of a function; `_shared` is not one. */
const SLUG = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Boots every function of the project; one that does not boot is reported and answers 503. */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const isMember = (jwt: string) => isValidJwt(jwt, options.jwtSecret);
  let slots = await bootAll(options);

  return {
    fetch: (request) => deliver(request, slots, isMember),
    async reload() {
      const old = slots;
      slots = await bootAll(options);
      await stopAll(old);
    },
    kill: async (name) => await slots.get(name)?.kill(),
    stop: () => stopAll(slots),
  };
}

/** The names of the functions in a folder, as the CLI would deploy them. */
export async function discoverFunctions(folder: URL): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const names = entries.filter((entry) => entry.isDirectory && SLUG.test(entry.name))
    .map(({ name }) => name).sort();
  const found = await Promise.all(names.map((name) => exists(new URL(`${name}/index.ts`, folder))));
  return names.filter((_, index) => found[index]);
}

async function bootAll(options: FunctionsOptions): Promise<Map<string, FunctionSlot>> {
  const { project, readEnv, log } = options;
  const folder = new URL("functions/", project);
  const [env, open] = await Promise.all([
    readEnv(),
    readPublicFunctions(new URL("config.toml", project)),
  ]);
  const slots = (await discoverFunctions(folder))
    .map((name) => openSlot({ folder, name, env, log }, !open.has(name)));
  await Promise.allSettled(slots.map(({ wake }) => wake()));
  return new Map(slots.map((slot) => [slot.name, slot]));
}

async function stopAll(slots: Map<string, FunctionSlot>): Promise<void> {
  await Promise.all([...slots.values()].map(({ stop }) => stop()));
}

async function exists(file: URL): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}
