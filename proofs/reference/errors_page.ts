import { readBook } from "../../cli/project/release.ts";
import { type ProblemCode, PROBLEMS } from "../../supabase/functions/_shared/problem.ts";
import { INNER_STATES, PROBLEM_WORDS, STATE_WORDS, VARIABLES } from "./error_words.ts";
import { block, code, generated, list, page } from "./markdown.ts";
import { type Raise, raisedIn } from "./raised.ts";

/** docs/errors.md */
export async function errorsPage(): Promise<string> {
  const raises = await raisesOfMigrations();
  return page(
    generated(
      "Errors",
      "What the database and the functions answer when they refuse, and what to do. " +
        "[SQL functions](reference/sql_functions.md) and [edge functions](reference/functions.md) say which of them " +
        "raises what.",
    ),
    "## From the database",
    "The message of an error is constant. What varies is in `detail`, and the fix is in `hint`.",
    ...statesToDescribe(raises).map((state) => describeState(state, raises)),
    "A sign-up or a sign-in never fails because of Sesame. Where an account could not claim what waits for it, the " +
      "log of Postgres has one warning, `what waits for an account was not claimed: 55P03`. The next sign-in claims it.",
    "An event that failed has its SQLSTATE in `sesame.stripe_events.detail`:",
    block(
      "sql",
      "select id, type, detail, attempts from sesame.stripe_events where outcome = 'failed';",
    ),
    "## From the functions",
    "A refusal is a problem document (`application/problem+json`) with `type` `urn:sesame:problem:<code>`. It never " +
      "holds anything internal. The log of the function has one line for each request, with the event's id and a code. " +
      "What the webhook refuses is counted with its probable cause: " +
      "[refused deliveries](watching.md#refused-deliveries).",
    ...(Object.keys(PROBLEM_WORDS) as ProblemCode[]).map(describeProblem),
    "`module-token/verify` answers 200 to every question that it understands. Why a token is refused is one of the " +
      "reasons in [module servers](module_servers.md).",
    "## At boot",
    "A function with a missing, empty or invalid variable does not start. Its log lists all of them by name, with the " +
      "fix, and never a value. The platform answers 503 (`BOOT_ERROR`) meanwhile, and Stripe keeps the events.",
    list(Object.entries(VARIABLES).map(([name, words]) => `${code(name)}: ${words}`)),
  );
}

/** All errors that the migrations raise, also outside of functions. */
export async function raisesOfMigrations(): Promise<Raise[]> {
  const found = (await readBook()).flatMap(({ text }) => raisedIn(text));
  return found.filter(({ state }) => !INNER_STATES.includes(state));
}

/** Ours first, then those of Postgres. */
function statesToDescribe(raises: readonly Raise[]): string[] {
  const all = new Set([...raises.map(({ state }) => state), ...Object.keys(STATE_WORDS)]);
  const isOurs = (state: string) => state.startsWith("SE");
  const sorted = [...all].sort();
  return [...sorted.filter(isOurs), ...sorted.filter((state) => !isOurs(state))];
}

function describeState(state: string, raises: readonly Raise[]): string {
  const words = STATE_WORDS[state];
  if (words === undefined) throw new Error(`STATE_WORDS in error_words.ts lacks ${state}`);
  const messages = new Set(
    raises.filter((one) => one.state === state).map(({ message }) => message),
  );
  return page(
    `### ${code(state)}`,
    [...messages].map((message) => `“${message}”`).join(" or "),
    words.when,
    words.fix === null ? null : `**Fix.** ${words.fix}`,
  ).trimEnd();
}

function describeProblem(problem: ProblemCode): string {
  const [status, title] = PROBLEMS[problem];
  const { when, fix } = PROBLEM_WORDS[problem];
  return page(
    `### ${code(problem)}`,
    `Status ${status}: “${title}”`,
    when,
    fix === null ? null : `**Fix.** ${fix}`,
  ).trimEnd();
}
