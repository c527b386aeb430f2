/** The findings of sesame_examine. */

import { type Code, knownCode } from "../../diagnosis/codes.ts";
import type { Known } from "../../diagnosis/fill_command.ts";
import type { Project } from "./project.ts";
import { type Part, walk } from "./walk.ts";

export interface Problem {
  code: Code;
  found: number;
  /** The objects; of very many, only the first. */
  examples: string[];
  /** The values for the command of the fix, for the first examples. */
  known: Known[];
}

interface Examined extends Part {
  findings: (Omit<Problem, "code"> & { code: string })[];
  clock: string;
}

/** How many examples of one code are named in one part. */
const NAMED = 10_000;

/** Examines the whole database, part after part. */
export async function examine(project: Project): Promise<Problem[]> {
  const problems = new Map<Code, Problem>();
  const title = "examining purchases, tokens and members";
  for await (const part of walk<Examined>(project, "sesame_examine", title, { named: NAMED })) {
    for (const { code: named, found, examples, known } of part.findings) {
      const code = knownCode(named);
      const before = problems.get(code) ?? { code, found: 0, examples: [], known: [] };
      problems.set(code, {
        code,
        found: before.found + found,
        examples: [...before.examples, ...examples],
        known: [...before.known, ...known],
      });
    }
  }
  return [...problems.values()];
}

/** The database's own time, in milliseconds. The smallest part is enough for it. */
export async function databaseClock({ call }: Project): Promise<number> {
  const args = JSON.stringify({ start: "members/", most: 1 });
  return Date.parse((await call("sesame_examine", args) as Examined).clock);
}

interface Refolded extends Part {
  changed: number;
}

/** Derives everything again, part after part. Returns the number of changed accesses. */
export async function refold(project: Project): Promise<number> {
  let changed = 0;
  const title = "deriving grants and access again";
  for await (const part of walk<Refolded>(project, "sesame_refold", title)) changed += part.changed;
  return changed;
}
