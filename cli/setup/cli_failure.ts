/** A failure of the Supabase CLI as a message for the user: what happened, and what to do. */

export interface Printed {
  stdout: string;
  stderr: string;
}

/** As the CLI prints it with `--output-format json`. */
interface CliError {
  code: string;
  message: string;
  suggestion?: string;
}

export function explainFailure(args: string[], printed: Printed): string {
  const words = args.filter((word) => !word.startsWith("-")).slice(0, 2).join(" ");
  return [`supabase ${words} failed:`, ...linesOf(args, printed)].join("\n");
}

function linesOf(args: string[], printed: Printed): string[] {
  const error = errorIn(printed.stdout);
  if (error === null) return [withoutNoise(printed.stderr)];
  const advice = adviceFor(error, args, printed.stderr) ?? error.suggestion?.trim();
  return [unwrapped(withoutStatement(error.message)), ...advice ? [advice] : []];
}

function errorIn(stdout: string): CliError | null {
  try {
    return JSON.parse(stdout).error ?? null;
  } catch {
    return null;
  }
}

/** Lines about what the CLI is going to do. They do not explain a failure. */
const NOISE =
  /^(Target: |Initialising login role|DRY RUN: |Confirmed by --yes|Applying migration |Try rerunning the command with --debug)/;

function withoutNoise(stderr: string): string {
  return unwrapped(stderr.split("\n").filter((line) => !NOISE.test(line)).join("\n").trim());
}

/** A failed statement is repeated in full; our chapters are long, and their errors say enough. */
function withoutStatement(message: string): string {
  return message.replace(/\nAt statement: \d+\n[^]*$/, "");
}

/** An answer of the Management API, `status 403: {"message":"…"}`, without its JSON. */
function unwrapped(message: string): string {
  return message.replace(/\{"message":[^]*\}$/, (json) => {
    try {
      return String(JSON.parse(json).message);
    } catch {
      return json;
    }
  });
}

const LOGIN_ROLE =
  "The CLI asks Supabase for a role of a few minutes in the database, and did not " +
  "get one that works. Put the database's password into the environment as SUPABASE_DB_PASSWORD " +
  "(Dashboard: Database, Settings): the CLI then needs no such role.";

const NO_ROUTE = "The database's own address answers over IPv6 only, and Supabase named no " +
  "connection pooler, which answers over IPv4. Run setup from a network with IPv6, or turn on the " +
  "project's IPv4 add-on.";

const HISTORY_CHANGED = "A migration was applied while setup was looking: run setup again. " +
  "Do not mark migrations as reverted: the next push would apply them a second time.";

/** The fix; null: the CLI's own suggestion is right. */
function adviceFor(error: CliError, args: string[], stderr: string): string | null {
  switch (error.code) {
    case "DbConfigLoginRoleMissingPrivilegedRoleError":
    case "DbConfigLoginRoleStatusError":
    case "DbConfigConnectTempRoleError":
      return LOGIN_ROLE;
    case "DbConfigIpv6Error":
      return NO_ROUTE;
    case "DbPushMissingLocalError":
      return HISTORY_CHANGED;
    case "DbPushApplyError":
      return adviceForFile(error.message, args, stderr);
    default:
      return null;
  }
}

/** SQLSTATEs of "already exists": schema, table or index, column, function, and anything else. */
const EXISTS = /\(SQLSTATE (42P06|42P07|42701|42723|42710)\)/;

function adviceForFile(message: string, args: string[], stderr: string): string {
  const file = [...stderr.matchAll(/^Applying migration (\S+)\.\.\.$/gm)].at(-1)?.[1] ?? "";
  const stopped =
    `That was in ${file}, of which nothing was applied. What was applied before it stays.`;
  if (!EXISTS.test(message)) return `${stopped} Once it is fixed, run setup again.`;
  const remote = args.find((word) => word.startsWith("--remote=")) ?? "--remote";
  return `${stopped} Where Sesame's own objects are there and only this row is missing from the ` +
    "project's migration history (a restored dump, a squash), add the row, and run setup again:\n" +
    `  npx supabase@3.1.0 migration repair --status applied ${file.split("_")[0]} ${remote}`;
}
