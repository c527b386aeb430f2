/**
 * The keeper of one run of the Stripe CLI: a process between the caller and the program.
 *
 * `stripe_cli_keeper.ts <program> <argument>…` runs it with a home of its own, so that it neither reads nor
 * writes the user's settings. When its input ends, however its parent died, it ends the program. When the
 * program ends by itself, it passes the exit code on. It imports nothing.
 *
 * @module
 */

/** How long the program may take to close its connection, in milliseconds. */
const GRACE = 2_000;

async function keep(program: string, args: string[]): Promise<number> {
  const home = await Deno.makeTempDir({ prefix: "sesame-stripe-cli-" });
  try {
    const child = new Deno.Command(program, {
      args,
      env: { HOME: home, USERPROFILE: home, XDG_CONFIG_HOME: home },
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    await Promise.race([child.status, inputEnds()]);
    end(child, "SIGTERM");
    const late = setTimeout(() => end(child, "SIGKILL"), GRACE);
    const { code } = await child.status;
    clearTimeout(late);
    return code;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function inputEnds(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It had already ended.
  }
}

if (import.meta.main) {
  const [program = "", ...args] = Deno.args;
  Deno.exit(await keep(program, args));
}
