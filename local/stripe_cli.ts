/** Stripe's own CLI, listening for the events of an account and forwarding them to the local webhook. */

import { arch, platform } from "node:process";
import { forEachLine, runtimeEnv } from "./child_process.ts";
import { npmPackage } from "./npm_package.ts";
import { messageOf, UserError } from "./terminal.ts";

/**
 * The package of this platform, which holds the program. `@stripe/cli` adds a script that starts it and
 * does not pass signals on; and Deno refuses that package while npm lacks it for any other platform.
 */
const PACKAGE = `@stripe/cli-${platform}-${arch}`;
const VERSION = "1.52.0";

/** What to type after `stripe`. Since version 1.51 `listen` needs the list of events. */
export function listenCommand(forwardTo: string): string[] {
  return ["listen", "--all-snapshot", "--forward-to", forwardTo];
}

export interface ListenOptions {
  /** The account's secret key, of a test mode. */
  key: string;
  /** The URL of the webhook. */
  forwardTo: string;
  /** Where Stripe's API is; null: Stripe's own. */
  apiBase: string | null;
  /** Takes the secret that events are signed with; events that arrive before that are refused. */
  trust(secret: string): Promise<void>;
  /** Takes each line that the CLI prints, without its secret. */
  log(line: string): void;
}

/** A CLI that listens; disposing ends it. */
export interface Listening extends AsyncDisposable {
  /** Resolves when it forwards events and its secret is trusted; rejects where it ends before. */
  ready: Promise<void>;
  /** Resolves with the exit code when it has ended by itself; never where it is disposed before. */
  lost: Promise<number>;
}

/**
 * Starts the CLI.
 *
 * @throws UserError if it cannot be installed
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { key, forwardTo, apiBase, trust, log } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check", "--no-config", "--no-lock"],
      ...["--allow-run", "--allow-read", "--allow-write", "--allow-env"],
      new URL("./stripe_cli_keeper.ts", import.meta.url).href,
      await stripeCli(),
      ...listenCommand(forwardTo),
      ...["--skip-update", "--color", "off"],
      ...apiBase === null ? [] : ["--api-base", apiBase],
    ],
    clearEnv: true,
    env: { ...runtimeEnv(), STRIPE_API_KEY: key, STRIPE_CLI_TELEMETRY_OPTOUT: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true, // Ctrl-C in a terminal reaches only the parent, which ends it in order
  }).spawn();

  const ready = Promise.withResolvers<void>();
  let trusted: string | null = null;
  let lastLine = "";
  function take(line: string): void {
    const [secret = null] = /whsec_\w+/.exec(line) ?? [];
    if (line.trim() !== "") log(lastLine = withoutSecret(line));
    if (secret === null || secret === trusted) return;
    trusted = secret;
    trust(secret).then(ready.resolve, ready.reject);
  }
  const printed = Promise.all([forEachLine(child.stdout, take), forEachLine(child.stderr, take)]);
  const ended = printed.then(() => child.status);
  const lost = Promise.withResolvers<number>();
  let isWanted = true;
  ended.then(({ code }) => {
    ready.reject(new UserError(`the Stripe CLI has ended with ${code}: ${lastLine}`));
    if (isWanted) lost.resolve(code);
  });
  ready.promise.catch(() => {}); // the callers that wait for it report its failure
  return {
    ready: ready.promise,
    lost: lost.promise,
    async [Symbol.asyncDispose]() {
      isWanted = false;
      await child.stdin.close().catch(() => {}); // it may have ended by itself
      await ended;
    },
  };
}

/** The path of the program. It is downloaded when it is first needed. */
export async function stripeCli(): Promise<string> {
  const program = platform === "win32" ? "stripe.exe" : "stripe";
  try {
    return `${await npmPackage(PACKAGE, VERSION)}/node_modules/${PACKAGE}/bin/${program}`;
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(
      `the Stripe CLI ${VERSION} cannot be installed: ${reason}\n` +
        "Install it as https://docs.stripe.com/stripe-cli says, and run the line that dev prints.",
    );
  }
}

/** The CLI shows its secret in the line that says that it is ready. */
function withoutSecret(line: string): string {
  return line.replace(/ ?Your webhook signing secret is whsec_\w+ \(\^C to quit\)/, "");
}
