import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

/** `examples/`: this site imports from the folders `encours` and `page` beside it. */
const EXAMPLES = fileURLToPath(new URL("..", import.meta.url));

const config: NextConfig = {
  outputFileTracingRoot: EXAMPLES,
  poweredByHeader: false,
  turbopack: {
    root: EXAMPLES,
    // The folders beside this one have no node_modules of their own.
    resolveAlias: {
      "@supabase/supabase-js": "./node_modules/@supabase/supabase-js",
    },
  },
};

export default config;
