/**
 * Runs Next.js against the local stack: `node local.mjs dev`, and likewise `build` and `start`.
 *
 * `deno task dev` writes down how its stack is reached, with keys that are new at each start. They
 * go into the variables that a hosted site would have.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

const LOCAL_ENV = new URL("../../supabase/.temp/local.env", import.meta.url);

const stack = readStack(process.env.SESAME_LOCAL_ENV ?? fileURLToPath(LOCAL_ENV));
process.env.NEXT_PUBLIC_SUPABASE_URL = stack.API_URL;
process.env.NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY = stack.PUBLISHABLE_KEY;
process.env.SUPABASE_SECRET_KEY = stack.SECRET_KEY;
process.env.NEXT_TELEMETRY_DISABLED = "1";

// Next.js reads the rest of the command line: dev, or start --port 3001.
await import("next/dist/bin/next");

function readStack(file) {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch {
    process.stderr.write("No stack is running: start one with npx -y deno@2.9.6 task dev\n");
    process.exit(1);
  }
}
