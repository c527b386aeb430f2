import { divideSql } from "../../../local/sql_file.ts";
import { UserError } from "../../../local/terminal.ts";
import { MIGRATIONS } from "../database.ts";
import type { Mutant } from "./mutant.ts";

/**
 * The statement that replaces the rule with the mistake, in a database that has the rule.
 *
 * @throws UserError if the text is not there exactly once, because then the mutant proves nothing
 */
export async function mutate(mutant: Mutant): Promise<string> {
  const { name, chapter, text, instead } = mutant;
  const source = await readChapter(mutant);
  const found = source.split(text).length - 1;
  if (found !== 1) {
    throw new UserError(`mutant "${name}": its text is ${found} times in ${chapter}, not once`);
  }
  const before = new Set((await divideSql(source, chapter)).map((statement) => statement.text));
  const changed = await divideSql(source.replace(text, () => instead), chapter);
  const [statement, ...others] = changed.filter((statement) => !before.has(statement.text));
  const replacing = statement?.text.replace(/^create (?=function|view)/m, "create or replace ");
  if (replacing === undefined || replacing === statement?.text || others.length > 0) {
    throw new UserError(`mutant "${name}": its text is not part of one function or view`);
  }
  return replacing;
}

async function readChapter({ name, chapter }: Mutant): Promise<string> {
  for await (const entry of Deno.readDir(MIGRATIONS)) {
    if (entry.name.replace(/^\d+_|\.sql$/g, "") !== chapter) continue;
    return await Deno.readTextFile(new URL(entry.name, MIGRATIONS));
  }
  throw new UserError(`mutant "${name}": there is no chapter ${chapter}`);
}
