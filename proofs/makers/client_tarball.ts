/**
 * The npm package `sesame-client`: `client/` compiled to JavaScript and declarations
 * (docs/decisions/0022_the_client_is_compiled.md).
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../cli/version.ts";
import { compile, compileForBrowsers } from "./compile.ts";
import { npmPack, type Tarball } from "./npm_pack.ts";

export const CLIENT = "sesame-client";

/** The oldest supabase-js that `proofs/gates/client_package_test.ts` runs the client with. */
export const OLDEST_SUPABASE_JS = "2.90.0";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the tarball in this folder. */
export async function makeClientTarball(folder: string): Promise<Tarball> {
  const stage = await Deno.makeTempDir({ prefix: "sesame-client-" });
  try {
    compileForBrowsers(`${ROOT}client`, "react/index.ts", join(stage, "dist"));
    compile(`${ROOT}client`, "core/index.ts", join(stage, "dist"));
    for (const [from, to] of [["LICENSE", "LICENSE"], ["client/README.md", "README.md"]] as const) {
      await Deno.copyFile(ROOT + from, join(stage, to));
    }
    const text = JSON.stringify(packageJson(), null, 2);
    await Deno.writeTextFile(join(stage, "package.json"), `${text}\n`);
    return await npmPack(stage, folder);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

function packageJson() {
  return {
    name: CLIENT,
    version: VERSION,
    description: "Typed calls to Sesame: Stripe payments become access to modules on Supabase.",
    keywords: ["supabase", "stripe", "payments", "subscriptions", "entitlements"],
    license: "MIT",
    type: "module",
    exports: {
      ".": { types: "./dist/core/index.d.ts", default: "./dist/core/index.js" },
      "./react": { types: "./dist/react/index.d.ts", default: "./dist/react/index.js" },
      "./package.json": "./package.json",
    },
    sideEffects: false,
    files: ["dist"],
    engines: { node: ">=20" },
    peerDependencies: {
      "@supabase/supabase-js": `^${OLDEST_SUPABASE_JS}`,
      "@types/react": ">=18",
      react: ">=18",
    },
    peerDependenciesMeta: { "@types/react": { optional: true }, react: { optional: true } },
  };
}
