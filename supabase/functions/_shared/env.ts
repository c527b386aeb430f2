/** Where variables come from: `Deno.env`, or a test. */
export type Source = (name: string) => string | undefined;

/** Reads one setting out of its variables, or throws `Misconfigured`. */
export type Reader<Value> = (source: Source) => Value;

/** Variables are missing or wrong. Names the variables and the fixes, never a value. */
export class Misconfigured extends Error {
  override name = "Misconfigured";

  constructor(readonly problems: readonly string[]) {
    super(["the environment is incomplete:", ...problems].join("\n  - "));
  }
}

/** Reads all settings at once, so that one failed boot names everything that is wrong. */
export function readEnv<Settings>(
  readers: { [Name in keyof Settings]: Reader<Settings[Name]> },
  source: Source = (name) => Deno.env.get(name),
): Settings {
  const problems: string[] = [];
  const settings: Partial<Settings> = {};
  for (const name in readers) {
    try {
      settings[name] = readers[name](source);
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new Misconfigured(problems);
  return settings as Settings;
}

/** A variable without surrounding blanks; null: not set, or blank. */
export function optional(source: Source, name: string): string | null {
  return source(name)?.trim() || null;
}

/** Like `optional`, but the variable must be set. `fix` says where to get it. */
export function required(source: Source, name: string, fix: string): string {
  const value = optional(source, name);
  if (value === null) throw new Misconfigured([`${name} is missing or empty: ${fix}`]);
  return value;
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

/** The entries of a comma-separated variable, each trimmed; a blank one stays, as "". */
export function entriesOf(list: string): string[] {
  return list.split(",").map((entry) => entry.trim());
}
