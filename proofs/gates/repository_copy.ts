/** A copy of this repository, in which a test makes up releases of its own. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { trackedFiles } from "../house/files.ts";
import { PROJECT } from "./supabase_cli.ts";

export interface RepositoryCopy extends AsyncDisposable {
  folder: string;
  /** Writes or deletes a file; `edit` gets its text, or an empty one if there is none. */
  change(path: string, edit: (text: string) => string | null): Promise<void>;
  /** Sets this version, and writes its files below `releases/`. */
  release(version: string): Promise<void>;
  /** Builds the npm package in this folder, and returns its path. */
  pack(to: string): Promise<string>;
}

export async function copyRepository(): Promise<RepositoryCopy> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-copy-" });
  const run = async (program: string, ...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd: folder })
      .output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success, `${args.join(" ")}: ${out}${err}`);
    return out ?? "";
  };
  const task = (name: string, ...args: string[]) =>
    run(Deno.execPath(), "run", "-A", "--no-check", `proofs/makers/${name}.ts`, ...args);

  for (const { path, text } of await trackedFiles()) await write(join(folder, path), text);
  await Deno.symlink(`${PROJECT}node_modules`, join(folder, "node_modules"));
  // The files of the package are those that git lists.
  await run("git", "init", "--quiet");
  await Deno.writeTextFile(join(folder, ".git/info/exclude"), "node_modules\n");

  const change: RepositoryCopy["change"] = async (path, edit) => {
    const file = join(folder, path);
    const text = await Deno.readTextFile(file).catch(() => "");
    const edited = edit(text);
    assert.notEqual(edited, text, `${path} was not changed`);
    await (edited === null ? Deno.remove(file) : write(file, edited));
  };
  return {
    folder,
    change,
    async release(version) {
      await change("deno.json", (text) => text.replace(/(?<="version": ")[^"]+/, version));
      await change(
        "supabase/migrations/20261121000110_release.sql",
        (text) => text.replace(/(?<=values \(')[^']+/, version),
      );
      await task("release");
    },
    async pack(to) {
      const printed = await task("pack", "--to", to);
      return /^\S.*?\.tgz/m.exec(printed)?.[0] ?? "";
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
