/** What `supabase/config.toml` says about each function. */

// smol-toml: TOML 1.0 without a dependency of its own.
import { parse, TomlError, type TomlTable } from "smol-toml";
import { Complaint } from "./terminal.ts";

/** The functions whose callers need no JWT: those with `verify_jwt = false` in their own table. */
export async function readPublicFunctions(config: URL): Promise<Set<string>> {
  const { functions = {} } = parsed(await readIfThere(config));
  const found = Object.entries(functions).filter(([, table]) => Object(table).verify_jwt === false);
  return new Set(found.map(([name]) => name));
}

function parsed(text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new Complaint(`supabase/config.toml, line ${error.line}: this is not TOML`);
  }
}

async function readIfThere(file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
