/** `examples/next`, installed, built against a stack and started, as its README says. */

import { fileURLToPath } from "node:url";
import { runtimeEnv } from "../../local/child_process.ts";
import { publishStack } from "../../local/local_env.ts";
import type { Stack } from "../../local/stack.ts";
import { until } from "../../local/testing.ts";

export const NEXT = fileURLToPath(new URL("../../examples/next/", import.meta.url));

/** A copy of the lock file that was installed last. */
const INSTALLED = `${NEXT}node_modules/.installed-lock.json`;

/** A site that runs until the last test of the file. */
export interface Site {
  url: string;
  /** The output of the server. */
  log(): string;
}

/** A free port. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Installs the dependencies, unless these are there already, and builds the site for a stack. */
export async function buildSite(stack: Stack): Promise<string> {
  const envFile = await Deno.makeTempFile({ prefix: "sesame-next-" });
  const published = await publishStack(stack, envFile);
  Deno.test.afterAll(async () => await published[Symbol.asyncDispose]());
  const lock = await Deno.readTextFile(`${NEXT}package-lock.json`);
  if (await Deno.readTextFile(INSTALLED).catch(() => null) !== lock) {
    await run("npm", ["ci", "--no-audit", "--no-fund"]);
    await Deno.writeTextFile(INSTALLED, lock);
  }
  await run("node", ["local.mjs", "build"], { SESAME_LOCAL_ENV: envFile });
  return envFile;
}

/** Starts a site that is built, with this environment beside the stack's. */
export async function startSite(
  envFile: string,
  port: number,
  env: Record<string, string> = {},
): Promise<Site> {
  const url = `http://localhost:${port}`;
  const child = command("node", ["local.mjs", "start", "--port", String(port)], {
    SESAME_LOCAL_ENV: envFile,
    ...env,
  }).spawn();
  let log = "";
  const printing = [child.stdout, child.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (log += text) }))
  );
  Deno.test.afterAll(async () => {
    child.kill("SIGKILL");
    await Promise.all([child.status, ...printing]);
  });
  await until(() => log.includes("Ready in"), 60).catch(() => {
    throw new Error(`next start did not get ready: ${log}`);
  });
  return { url, log: () => log };
}

async function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const { success, stdout, stderr } = await command(program, args, env).output();
  if (success) return;
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  throw new Error(`${program} ${args.join(" ")} in examples/next: ${output}`);
}

/** The site gets nothing of the developer's own environment. */
function command(
  program: string,
  args: string[],
  env: Record<string, string>,
): Deno.Command {
  return new Deno.Command(program, {
    args,
    cwd: NEXT,
    clearEnv: true,
    env: { ...runtimeEnv(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}
