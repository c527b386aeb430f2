import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

/** The repository: this site imports from its `pages/`. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

const config: NextConfig = {
  outputFileTracingRoot: REPOSITORY,
  poweredByHeader: false,
  turbopack: {
    root: REPOSITORY,
    // `pages/` has no node_modules of its own.
    resolveAlias: {
      "@supabase/supabase-js": "./node_modules/@supabase/supabase-js",
    },
  },
};

export default config;
