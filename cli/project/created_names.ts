/**
 * The names that migrations leave in a database, as far as their text shows it.
 *
 * A name that dynamic SQL creates is not found here. The first chapter of the book finds it when it is pushed.
 *
 * @module
 */

import { parse, SqlError } from "libpg-query";

export interface SqlText {
  path: string;
  text: string;
}

export interface CreatedNames {
  /** `table public.modules`, `function public.f`, `schema sesame`, `trigger t on auth.users`; with the file of each. */
  names: Map<string, string>;
  /** Files that are not SQL for the parser. */
  unread: string[];
}

type Tree = Record<string, unknown>;
type Kind = "relation" | "function" | "type" | "schema" | "trigger";

/** What a statement does to the names: some go, some come. */
interface Effect {
  gone?: string[];
  come?: string[];
}

/** Runs through the files in their order. */
export async function createdNames(files: readonly SqlText[]): Promise<CreatedNames> {
  const names = new Map<string, string>();
  const unread: string[] = [];
  for (const { path, text } of files) {
    const trees = await treesOf(text);
    if (trees === null) unread.push(path);
    for (const tree of trees ?? []) {
      const { gone = [], come = [] } = effectOf(tree);
      for (const name of gone) names.delete(name);
      for (const name of come) names.set(name, path);
    }
  }
  return { names, unread };
}

async function treesOf(text: string): Promise<Tree[] | null> {
  if (text.trim() === "") return [];
  try {
    const { stmts = [] } = await parse(text) as { stmts?: { stmt: Tree }[] };
    return stmts.map(({ stmt }) => stmt);
  } catch (error) {
    if (error instanceof SqlError) return null;
    throw error;
  }
}

function effectOf(tree: Tree): Effect {
  const [kind = "", statement] = Object.entries(tree)[0] ?? [];
  const node = (statement ?? {}) as Tree;
  switch (kind) {
    case "CreateStmt":
      return { come: relation(node.relation) };
    case "CreateForeignTableStmt":
      return { come: relation((node.base as Tree | undefined)?.relation) };
    case "ViewStmt":
      return { come: relation(node.view) };
    case "CreateTableAsStmt":
      return { come: relation((node.into as Tree | undefined)?.rel) };
    case "CreateSeqStmt":
      return { come: relation(node.sequence) };
    case "IndexStmt":
      return { come: relation(node.relation, node.idxname) };
    case "CompositeTypeStmt":
      return { come: relation(node.typevar) };
    case "CreateEnumStmt":
      return { come: [named("type", words(node.typeName))] };
    case "CreateDomainStmt":
      return { come: [named("type", words(node.domainname))] };
    case "CreateFunctionStmt":
      return { come: [named("function", words(node.funcname))] };
    case "CreateSchemaStmt":
      return { come: [`schema ${node.schemaname}`] };
    case "CreateTrigStmt":
      return { come: [trigger(node.trigname, node.relation)] };
    case "DropStmt":
      return { gone: dropped(node) };
    case "RenameStmt":
      return renamed(node);
    case "AlterObjectSchemaStmt":
      return moved(node);
    default:
      return {};
  }
}

function dropped({ removeType, objects }: Tree): string[] {
  const kind = kindOf(removeType);
  return (objects as Tree[]).map((object) => {
    const path = words(object);
    if (kind !== "trigger") return named(kind, path);
    return `trigger ${path.at(-1)} on ${qualified(path.slice(0, -1))}`;
  });
}

function renamed({ renameType, relation: of, object, subname, newname }: Tree): Effect {
  const kind = kindOf(renameType);
  switch (kind) {
    case "schema":
      return { gone: [`schema ${subname}`], come: [`schema ${newname}`] };
    case "trigger":
      return { gone: [trigger(subname, of)], come: [trigger(newname, of)] };
    default: {
      // A renamed column has a relation too, and changes no name of ours.
      if (renameType === "OBJECT_COLUMN" || renameType === "OBJECT_TABCONSTRAINT") return {};
      const path = of === undefined ? words(object) : pathOf(of);
      return { gone: [named(kind, path)], come: [named(kind, [...path.slice(0, -1), newname])] };
    }
  }
}

function moved({ objectType, relation: of, object, newschema }: Tree): Effect {
  const kind = kindOf(objectType);
  const path = of === undefined ? words(object) : pathOf(of);
  return { gone: [named(kind, path)], come: [named(kind, [newschema, path.at(-1)])] };
}

function kindOf(type: unknown): Kind {
  switch (type) {
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
    case "OBJECT_AGGREGATE":
      return "function";
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return "type";
    case "OBJECT_SCHEMA":
      return "schema";
    case "OBJECT_TRIGGER":
      return "trigger";
    default:
      return "relation";
  }
}

/** The name of a table, view, sequence or index; none, if it is temporary. */
function relation(of: unknown, name?: unknown): string[] {
  const path = pathOf(of);
  if ((of as Tree | undefined)?.relpersistence === "t" || path[0] === "pg_temp") return [];
  return [named("relation", name === undefined ? path : [...path.slice(0, -1), name])];
}

function trigger(name: unknown, of: unknown): string {
  return `trigger ${name} on ${qualified(pathOf(of))}`;
}

function named(kind: Kind, path: readonly unknown[]): string {
  return kind === "schema" ? `schema ${path[0]}` : `${kind} ${qualified(path)}`;
}

function qualified(path: readonly unknown[]): string {
  return (path.length < 2 ? ["public", ...path] : path.slice(-2)).join(".");
}

function pathOf(of: unknown): unknown[] {
  const { schemaname, relname } = (of ?? {}) as Tree;
  return schemaname === undefined ? [relname] : [schemaname, relname];
}

/** The words of a name, however the parser wraps them. */
function words(node: unknown): unknown[] {
  if (Array.isArray(node)) return node.flatMap(words);
  const { String: text, List, ObjectWithArgs, TypeName } = (node ?? {}) as Record<string, Tree>;
  return text !== undefined
    ? [text.sval]
    : words(List?.items ?? ObjectWithArgs?.objname ?? TypeName?.names ?? []);
}
