/** Reads the settings of the functions and of the Data API in `supabase/config.toml`. */

// smol-toml: TOML 1.0 without a dependency of its own.
import { parse, TomlError, type TomlTable } from "smol-toml";
import { UserError } from "./terminal.ts";

/** What `[functions.<name>]` says of one function. Paths are below `supabase/`; null: not said. */
export interface FunctionSettings {
  isEnabled: boolean;
  /** True if its callers need a JWT. */
  verifyJwt: boolean;
  importMap: string | null;
  entrypoint: string | null;
}

/** What holds for a function without a table of its own. */
export const NO_SETTINGS: FunctionSettings = {
  isEnabled: true,
  verifyJwt: true,
  importMap: null,
  entrypoint: null,
};

/** By the name of the function. */
export async function readFunctionSettings(config: URL): Promise<Map<string, FunctionSettings>> {
  const { functions = {} } = parsed(await readIfThere(config));
  return new Map(Object.entries(functions).map(([name, table]) => [name, settingsIn(table)]));
}

function settingsIn(table: unknown): FunctionSettings {
  const { enabled, verify_jwt, import_map, entrypoint } = Object(table);
  return {
    isEnabled: enabled !== false,
    verifyJwt: verify_jwt !== false,
    importMap: textOf(import_map),
    entrypoint: textOf(entrypoint),
  };
}

/** An empty text is the CLI's way to say nothing. */
function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The schemas that the Data API exposes. The first one is used if a request names none. */
export async function readExposedSchemas(config: URL): Promise<string[]> {
  const { api } = parsed(await readIfThere(config));
  const { schemas = ["public", "graphql_public"] } = Object(api);
  return schemas;
}

function parsed(text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new UserError(`supabase/config.toml, line ${error.line}: this is not TOML`);
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
