/**
 * Judges the output of one pgTAP file, at least as strictly as `pg_prove` does.
 *
 * @module
 */

import { type FinalResults, Parser, type Result } from "tap-parser";

/** The result of one test file. */
export interface Verdict {
  passed: number;
  failed: number;
  /** Problems of the file as a whole. Each counts as one failure. */
  problems: string[];
}

/** Counts the assertions, and adds problems of the file as a whole. */
export async function judgeTap(tap: string, breakdown: string | null = null): Promise<Verdict> {
  const assertions: Result[] = [];
  const results = await parse(tap, (assertion) => assertions.push(assertion));
  const passed = assertions.filter(holds).length;
  const problems = problemsOf(results, breakdown);
  return { passed, failed: assertions.length - passed + problems.length, problems };
}

function parse(tap: string, onAssertion: (result: Result) => void): Promise<FinalResults> {
  return new Promise((resolve) => {
    const parser = new Parser();
    parser.on("assert", onAssertion);
    parser.on("complete", resolve);
    parser.end(tap);
  });
}

/** A todo may fail; an assertion that came twice, or beyond the plan, may not pass. */
function holds({ ok, todo, tapError }: Result): boolean {
  return (ok || Boolean(todo)) && tapError === null;
}

function problemsOf({ count, plan, bailout }: FinalResults, breakdown: string | null): string[] {
  const problems = breakdown === null ? [] : [breakdown];
  if (bailout !== false) problems.push(`bailed out: ${bailout}`);
  if (problems.length > 0) return problems;

  if (count === 0) return ["no test ran"];
  if (plan.end === null) return ["no plan: the file may have ended early"];
  if (plan.end !== count) return [`planned ${plan.end} tests and ran ${count}`];
  return [];
}
