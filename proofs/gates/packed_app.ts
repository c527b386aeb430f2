/** A folder that has installed Sesame from its tarball, as a newcomer's: no cache, and a space in its path. */

import { join } from "node:path";
import type { Tarball } from "../makers/npm_pack.ts";
import { makeTarball } from "../makers/npm_tarball.ts";

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface InstalledApp {
  /** The folder of the app. */
  folder: string;
  /** Runs a command of the package, in the folder of the app or in another. */
  sesame(args: string[], env?: Record<string, string>, folder?: string): Promise<Ran>;
  /** Starts a command of the package and returns at once. */
  start(args: string[], folder?: string): Deno.ChildProcess;
}

export interface PackedApp extends InstalledApp, AsyncDisposable {
  tarball: Tarball;
}

/** Builds the tarball and installs it through npm. */
export async function openPackedApp(): Promise<PackedApp> {
  const root = await Deno.makeTempDir({ prefix: "sesame package " });
  const remove = () => Deno.remove(root, { recursive: true });
  try {
    const tarball = await makeTarball(root);
    return { tarball, ...await installApp(root, tarball.path), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Installs a tarball in the app below `root`, beside or in place of another version. */
export async function installApp(root: string, tarball: string): Promise<InstalledApp> {
  const folder = join(root, "my app");
  await Deno.mkdir(folder, { recursive: true });
  await npmInstall(folder, tarball);

  const program = join(folder, "node_modules/.bin/sesame");
  const caches = {
    DENO_DIR: join(root, "deno"),
    XDG_CACHE_HOME: join(root, "cache"),
    NO_COLOR: "1",
  };
  const command = (args: string[], env: Record<string, string>, cwd = folder) =>
    new Deno.Command(program, {
      args,
      cwd,
      env: { ...caches, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  return {
    folder,
    async sesame(args, env = {}, cwd = folder) {
      const { code, stdout, stderr } = await command(args, env, cwd).output();
      const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, out, err };
    },
    start: (args, cwd = folder) => command(args, {}, cwd).spawn(),
  };
}

async function npmInstall(folder: string, tarball: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", tarball],
    cwd: folder,
  }).output();
  if (!success) throw new Error(`npm install: ${new TextDecoder().decode(stderr)}`);
}

/** Every file below a folder, with its size. */
export async function listing(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const lists = await Promise.all(entries.map(async ({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? await listing(path) : [`${path} ${(await Deno.lstat(path)).size}`];
  }));
  return lists.flat().sort();
}
