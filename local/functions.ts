/** The Edge Functions of a folder, each in its own process, behind one `fetch`. */

import { deliver } from "./function_delivery.ts";
import { type FunctionSlot, openSlot } from "./function_slot.ts";
import { entrypointOf } from "./function_process.ts";
import { type FunctionSettings, NO_SETTINGS, readFunctionSettings } from "./functions_config.ts";
import { isValidJwt } from "./jwt.ts";

/** Options: the functions, their environment, and the receiver of their output. */
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
  /** Takes a request with a path that begins with the function's name: `/stripe-webhook/…`. */
  fetch(request: Request): Promise<Response>;
  /** Replaces every function with the present content of the folder. */
  reload(): Promise<void>;
  /** Kills one in the middle of its work; the next request starts it again. */
  kill(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** A valid name of a function for the CLI; `_shared` is not one. */
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
  const entries = await exists(folder) ? await Array.fromAsync(Deno.readDir(folder)) : [];
  const names = entries.filter((entry) => entry.isDirectory && SLUG.test(entry.name))
    .map(({ name }) => name).sort();
  const found = await Promise.all(names.map((name) => exists(new URL(`${name}/index.ts`, folder))));
  return names.filter((_, index) => found[index]);
}

async function bootAll(options: FunctionsOptions): Promise<Map<string, FunctionSlot>> {
  const { project, readEnv, log } = options;
  const folder = new URL("functions/", project);
  const [env, settings] = await Promise.all([
    readEnv(),
    readFunctionSettings(new URL("config.toml", project)),
  ]);
  const slots = (await namesIn(project, settings)).map((name) =>
    openSlot({ folder, name, env, log, settings: settings.get(name) ?? NO_SETTINGS })
  );
  await Promise.allSettled(slots.map(({ wake }) => wake()));
  return new Map(slots.map((slot) => [slot.name, slot]));
}

/** The functions of the folder and those of `config.toml`, without the ones that it switches off. */
async function namesIn(
  project: URL,
  settings: Map<string, FunctionSettings>,
): Promise<string[]> {
  const elsewhere = await Promise.all(
    [...settings].map(async ([name, of]) =>
      await exists(entrypointOf(project, name, of)) ? [name] : []
    ),
  );
  const found = await discoverFunctions(new URL("functions/", project));
  return [...new Set([...found, ...elsewhere.flat()])]
    .filter((name) => settings.get(name)?.isEnabled !== false).sort();
}

async function stopAll(slots: Map<string, FunctionSlot>): Promise<void> {
  await Promise.all([...slots.values()].map(({ stop }) => stop()));
}

async function exists(file: URL): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}
