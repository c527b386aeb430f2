/** What `supabase/config.toml` says about each function. */

/**
 * The functions whose callers need no JWT: those with `verify_jwt = false` in their own table.
 *
 * Reads no more of TOML than the CLI writes there: a table's head, and its keys, each on a line.
 */
export async function readPublicFunctions(config: URL): Promise<Set<string>> {
  const found = new Set<string>();
  let table = "";
  for (const line of (await readIfThere(config)).split("\n")) {
    table = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim() ?? table;
    const name = /^functions\.("?)([A-Za-z][A-Za-z0-9_-]*)\1$/.exec(table)?.[2];
    if (name !== undefined && /^\s*verify_jwt\s*=\s*false\b/.test(line)) found.add(name);
  }
  return found;
}

async function readIfThere(file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
