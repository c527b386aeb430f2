import { pathToFileURL } from "node:url";
import { Complaint } from "../../../local/terminal.ts";
import { MIGRATIONS } from "../database.ts";
import type { Mutant } from "./mutants.ts";

/** A copy of the migrations with the mistake in it, removed when disposed. */
export interface MutatedMigrations extends AsyncDisposable {
  /** With its last slash. */
  folder: URL;
}

/**
 * Makes it.
 *
 * @throws Complaint where the text is not there exactly once: then the mutant proves nothing any more
 */
export async function mutate({ name, chapter, text, instead }: Mutant): Promise<MutatedMigrations> {
  const path = await Deno.makeTempDir({ prefix: "sesame-mutant-" });
  const folder = pathToFileURL(`${path}/`);
  let found = 0;
  for await (const entry of Deno.readDir(MIGRATIONS)) {
    const source = await Deno.readTextFile(new URL(entry.name, MIGRATIONS));
    const isIt = entry.name.replace(/^\d+_|\.sql$/g, "") === chapter;
    if (isIt) found += source.split(text).length - 1;
    const written = isIt ? source.replace(text, () => instead) : source;
    await Deno.writeTextFile(new URL(entry.name, folder), written);
  }
  const remove = () => Deno.remove(path, { recursive: true });
  if (found === 1) return { folder, [Symbol.asyncDispose]: remove };
  await remove();
  throw new Complaint(`mutant "${name}": its text is ${found} times in ${chapter}, not once`);
}
