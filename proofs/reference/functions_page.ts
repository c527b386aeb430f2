import type { Catalogue, Column, SqlFunction } from "./catalogue.ts";
import { errorList } from "./error_list.ts";
import { block, code, generated, list, page, prose } from "./markdown.ts";
import { type Raise, raisesOf, statesIn } from "./raised.ts";

/** The functions of the private schema that an operator or cron runs, as the owner of the database. */
const OPERATING = [
  "sesame.call_reconcile",
  "sesame.purge",
  "sesame.schedule_reconcile",
  "sesame.schedule_upkeep",
  "sesame.step_aside",
];

interface Group {
  title: string;
  introduction: string;
  has(one: SqlFunction): boolean;
}

const GROUPS: readonly Group[] = [
  {
    title: "For members",
    introduction: "A frontend calls these with the session of a signed-in member.",
    has: ({ callers }) => callers.includes("authenticated"),
  },
  {
    title: "For your server",
    introduction: "A server calls these with the secret key, and so may the SQL editor.",
    has: ({ name, callers }) =>
      isPublic(name) && !isInternal(name) && !callers.includes("authenticated"),
  },
  {
    title: "For the owner of the database",
    introduction:
      "In the private schema `sesame`: the SQL editor and cron run these as `postgres`.",
    has: ({ name }) => OPERATING.includes(name),
  },
  {
    title: "For Sesame's own functions and commands",
    introduction:
      "The edge functions and the commands call these. Your code should not: they may change with any version.",
    has: ({ name }) => isInternal(name),
  },
];

/** docs/reference/sql_functions.md */
export function functionsPage({ functions }: Catalogue): string {
  refuseUnknown(functions);
  return page(
    generated(
      "SQL functions",
      'Call them with `supabase.rpc("name", { argument: value })` or in SQL. Each names its callers. Everybody else ' +
        "gets [`42501`](../errors.md#42501). An argument with a default may be left out. The errors are those that the " +
        "function raises itself or through a function that it calls, and those that its description names.",
    ),
    ...GROUPS.flatMap(({ title, introduction, has }) => [
      `## ${title}`,
      introduction,
      ...functions.filter(has).map((one) => describe(one, functions)),
    ]),
  );
}

function refuseUnknown(functions: readonly SqlFunction[]): void {
  const lacking = OPERATING.filter((name) => !functions.some((one) => one.name === name));
  if (lacking.length > 0) throw new Error(`there is no function ${lacking.join(", ")}`);
}

function describe(one: SqlFunction, functions: readonly SqlFunction[]): string {
  const errors = errorList(errorsOf(one, functions));
  const callers = one.callers.length === 0 ? ["postgres"] : one.callers;
  return page(
    `### ${code(shortName(one))}`,
    block("sql", signatureOf(one)),
    prose(one.comment ?? ""),
    `Callers: ${callers.map(code).join(", ")}.`,
    errors.length === 0 ? null : `Errors:\n\n${list(errors)}`,
  ).trimEnd();
}

/** The errors of a function: those in its text, of waiting for a lock, and those that only its comment names. */
export function errorsOf(one: SqlFunction, functions: readonly SqlFunction[]): Raise[] {
  const raised = raisesOf(one.name, functions);
  // A member's function answers PT503 in its place.
  const waits = one.lockTimeout !== null && !raised.some(({ state }) => state === "PT503");
  const others = [...statesIn(one.comment ?? ""), ...waits ? ["55P03"] : []];
  const lacking = others.filter((state) => !raised.some((raise) => raise.state === state));
  return [...raised, ...new Set(lacking)].map((raise) =>
    typeof raise === "string" ? { state: raise, message: "" } : raise
  );
}

/** On one line where it is short, otherwise with a line for each argument and column. */
function signatureOf(one: SqlFunction): string {
  const args = one.arguments.map(inWords);
  const columns = one.columns.map(inWords);
  const answer = columns.length === 0 ? one.returns ?? "" : `table ${bracketed(columns)}`;
  return `${shortName(one)}${bracketed(args)}\nreturns ${answer}`.replace(
    /^(.{0,70})\n(.{0,28})$/,
    "$1 $2",
  );
}

function bracketed(parts: string[]): string {
  const short = `(${parts.join(", ")})`;
  return short.length <= 70 ? short : `(\n${parts.map((part) => `  ${part}`).join(",\n")}\n)`;
}

function inWords({ name, type, fallback }: Column): string {
  const shortType = type.replace("timestamp with time zone", "timestamptz");
  return `${name} ${shortType}${fallback === null ? "" : ` default ${shortDefault(fallback)}`}`;
}

function shortDefault(expression: string): string {
  return expression.toLowerCase().replace(/::[\w ]+$/, "");
}

function shortName({ name }: SqlFunction): string {
  return name.replace(/^public\./, "");
}

function isPublic(name: string): boolean {
  return name.startsWith("public.");
}

const INBOX = new Set(["public.process_stripe_events", "public.fold_received_events"]);

/** The functions that edge functions and commands call. Those of the inbox lack the prefix. */
function isInternal(name: string): boolean {
  return name.startsWith("public.sesame_") || INBOX.has(name);
}
