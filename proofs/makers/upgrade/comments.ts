/** The comments of a database, and the statements that make them those of another. */

import { ask } from "../../../cli/catalogue/catalogue.ts";

const COMMENTS = `
  select object.type, object.identity, description
  from pg_description cross join lateral pg_identify_object(classoid, objoid, objsubid) as object
  where object.schema in ('public', 'sesame') or object.type = 'schema'`;

/** What `comment on` calls the types of `pg_identify_object`, where the words differ. */
const WORDS: Record<string, string> = {
  "table column": "column",
  "view column": "column",
  "table constraint": "constraint",
};

/** One statement for each comment that differs. The object of a new one may not exist yet. */
export async function commentStatements(oldUrl: string, newUrl: string): Promise<string[]> {
  const [old, wanted] = [await readComments(oldUrl), await readComments(newUrl)];
  return [...new Set([...old.keys(), ...wanted.keys()])].sort()
    .filter((object) => old.get(object) !== wanted.get(object))
    .map((object) => `comment on ${object} is ${literal(wanted.get(object))};`);
}

/** {`function sesame.lock_fold()`: its comment} */
async function readComments(dbUrl: string): Promise<Map<string, string>> {
  const rows = await ask(dbUrl, COMMENTS);
  return new Map(
    rows.map(({ type, identity, description }) => [
      `${WORDS[type] ?? type} ${identity.replaceAll("pg_catalog.", "")}`,
      description,
    ]),
  );
}

function literal(text: string | undefined): string {
  return text === undefined ? "null" : `'${text.replaceAll("'", "''")}'`;
}
