/** Commands of another version of Sesame, as npm runs them. */

import { PACKAGE } from "../../diagnosis/package_name.ts";

/** `npx sesame-supabase@0.2.0 upgrade`, or without a command. */
export function withVersion(version: string, command = ""): string {
  return `npx ${PACKAGE}@${version} ${command}`.trimEnd();
}
