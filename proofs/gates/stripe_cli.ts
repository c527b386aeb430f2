/**
 * Runs the real Stripe CLI against a stand-in for Stripe, without telemetry or anything from the user's home.
 *
 * @module
 */

import { stripeCli } from "../../local/stripe_cli.ts";
import type { CliResult } from "./supabase_cli.ts";

/** The key of the account that everything is tried on. */
export const STRIPE_KEY = "sk_test_of_the_gates";

/** Runs one command, such as `stripe(["trigger", "customer.created"], standIn.url)`. */
export async function stripe(
  args: string[],
  apiBase: string,
  options: { signal?: AbortSignal } = {},
): Promise<CliResult> {
  const program = await stripeCli();
  const home = await Deno.makeTempDir({ prefix: "sesame-cli-" });
  try {
    const cli = new Deno.Command(program, {
      args: [...args, "--api-base", apiBase],
      env: {
        HOME: home,
        XDG_CONFIG_HOME: home,
        STRIPE_API_KEY: STRIPE_KEY,
        STRIPE_CLI_TELEMETRY_OPTOUT: "1",
      },
      stdin: "null",
      ...options,
    });
    const { code, stdout, stderr } = await cli.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
