/**
 * The stack, kept running until Ctrl-C:
 *
 *     deno task dev [--port 54321] [--db-port 54322] [--env supabase/.temp/local.env]
 *
 * A second one beside it wants all three.
 *
 * @module
 */

import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { interruption } from "./interruption.ts";
import { describeStack, LOCAL_ENV, publishStack } from "./local_env.ts";
import { folderOf, PAGES, SHARED } from "./page.ts";
import { startStack } from "./stack.ts";
import { Complaint, runProgram, say } from "./terminal.ts";
import { watch } from "./watch.ts";

const FUNCTIONS = ["../supabase/functions/", "../supabase/config.toml"]
  .map((path) => new URL(path, import.meta.url));

async function dev(): Promise<number> {
  const { port, dbPort, env } = readFlags(Deno.args);
  const interrupted = interruption();
  await using stack = await startStack({ port, dbPort, readEnvFile: true, log: say });
  await using _published = await publishStack(stack, env);
  using _functions = watch(FUNCTIONS, async () => {
    await stack.functions?.reload();
    say("The functions are reloaded.");
  });
  using _pages = watch([SHARED, ...PAGES.map(folderOf)], () => {
    for (const name of PAGES) stack.pages[name].reload();
    return Promise.resolve();
  });

  say(...describeStack(stack).split("\n"), "");
  say(`Sesame is up; the lines above are also in ${relative(Deno.cwd(), env)}. Ctrl-C ends it.`);
  say(`The page a customer sees: ${stack.apiUrl}/encours`);
  say(`The page an operator sees: ${stack.apiUrl}/operator`);
  say(`Stripe, unless you set a key of your own, is played at ${stack.stripe.url}`);
  say(`stripe listen --forward-to ${stack.functionsUrl}/stripe-webhook`);
  await interrupted;
  return 0;
}

function readFlags(args: string[]): { port: number; dbPort: number; env: string } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        "port": { type: "string", default: "54321" },
        "db-port": { type: "string", default: "54322" },
        "env": { type: "string", default: LOCAL_ENV },
      },
    });
    return {
      port: readPort(values.port, "--port"),
      dbPort: readPort(values["db-port"], "--db-port"),
      env: resolve(values.env),
    };
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

/** A port from 0, which picks a free one, to 65535. */
function readPort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new Complaint(`${flag} takes a port from 0 to 65535, not ${text}`);
  return port;
}

if (import.meta.main) await runProgram(dev);
