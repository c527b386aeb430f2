/** The Supabase project, by way of the CLI. */

import { Complaint } from "../../local/terminal.ts";
import { withVariable, writeWhole } from "../keys/env_file.ts";
import type { Held } from "./secrets.ts";

/** Runs the CLI with these words, and answers what it printed. Throws `Complaint` where it fails. */
export type Cli = (args: string[]) => Promise<string>;

export interface SupabaseProject {
  /** What was set for its functions. Throws where nobody is logged in who may see it. */
  secrets(): Promise<Held>;
  /** Files that a push would apply. */
  missingMigrations(): Promise<string[]>;
  push(): Promise<void>;
  deploy(): Promise<void>;
  set(secrets: Record<string, string>): Promise<void>;
  /** The key that opens its Data API. */
  secretKey(): Promise<string>;
}

/**
 * `draft` is a file that exists only while secrets are being set: on a command line others could read
 * them. It is the owner's alone.
 */
export function supabaseProject(ref: string, cli: Cli, draft: string): SupabaseProject {
  // Never the project that happens to be linked.
  const on = (words: string[]) => cli([...words, `--remote=${ref}`]);
  const read = async (words: string[]) => parsed(await on(words));
  return {
    secrets: async () => {
      const listed = await read(["secrets", "list", "-o", "json"]) as Listed[];
      return new Map(listed.map(({ name, value }) => [name, value]));
    },
    missingMigrations: async () => {
      const answer = await read(["db", "push", "--dry-run", "--output-format", "json"]);
      return (answer as { migrations: string[] }).migrations;
    },
    push: async () => void await on(["db", "push", "--yes"]),
    deploy: async () => void await on(["functions", "deploy", "--use-api", "--yes"]),
    set: async (secrets) => {
      try {
        await writeWhole(draft, textOf(secrets));
        await on(["secrets", "set", "--yes", "--env-file", draft]);
      } catch (error) {
        throw error instanceof Complaint ? without(Object.values(secrets), error) : error;
      } finally {
        await Deno.remove(draft).catch(() => {});
      }
    },
    secretKey: async () => {
      const keys = await read(["projects", "api-keys", "--reveal", "-o", "json"]) as Key[];
      const key = keys.find(({ type }) => type === "secret") ??
        keys.find(({ name }) => name === "service_role");
      if (key?.api_key === undefined) {
        throw new Complaint("the project has no secret key: make one");
      }
      return key.api_key;
    },
  };
}

/** `value` is a digest. */
interface Listed {
  name: string;
  value: string;
}

interface Key {
  name: string;
  type?: string;
  api_key?: string;
}

/** Without a word of what it is not: it may hold keys. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Complaint("supabase answered something that is no JSON");
  }
}

/** Whatever the CLI quotes of the file, nobody else is to read. */
function without(values: string[], { message }: Complaint): Complaint {
  return new Complaint(values.reduce((text, value) => text.replaceAll(value, "…"), message));
}

function textOf(secrets: Record<string, string>): string {
  return Object.entries(secrets).reduce(
    (text, [name, value]) => withVariable(text, name, value),
    "",
  );
}
