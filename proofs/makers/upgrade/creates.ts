/** The book's own statements for objects that are new or different, in the order of the book. */

import type { CatalogueFact } from "../../../cli/catalogue/catalogue.ts";
import { createdObjects } from "../../../cli/catalogue/created_objects.ts";
import type { Chapter } from "../../../cli/project/release.ts";
import { divideSql } from "../../../local/sql_file.ts";
import { differencesBetween } from "./differences.ts";

/** Every function, view, policy and trigger that the wanted database has, and the other has not or differently. */
export function objectsToCreate(old: CatalogueFact[], wanted: CatalogueFact[]): Set<string> {
  const views = new Set(wanted.filter(({ kind }) => kind === "view").map(({ name }) => name));
  return new Set(
    differencesBetween(old, wanted).filter(({ after }) => after !== null).flatMap(
      ({ kind, name }) => {
        const [table = "", part = ""] = name.split(" ");
        switch (kind) {
          case "function":
            return [`function ${name.split("(")[0]}`];
          case "view":
            return [`relation ${name}`];
          case "relation": // its options
            return views.has(name) ? [`relation ${name}`] : [];
          case "policy":
          case "trigger":
            return [`${kind} ${part} on ${table}`];
          default:
            return [];
        }
      },
    ),
  );
}

/** The statements of the book that create these objects, so that they replace the old ones. */
export async function createStatements(
  book: readonly Chapter[],
  objects: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = [];
  for (const { name, text } of book) {
    for (const { text: statement } of await divideSql(text, name)) {
      const created = await createdObjects(statement, name);
      if (!created.some((object) => objects.has(object))) continue;
      found.push(
        statement.replace(/^(\s*--[^\n]*\n)+\s*/, "")
          .replace(/^create (function|view|trigger)\b/, "create or replace $1") + ";",
      );
    }
  }
  return found;
}
