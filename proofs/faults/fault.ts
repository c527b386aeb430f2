/** One way to break a working project. */

import type { Code } from "../../diagnosis/codes.ts";
import type { Member } from "../e2e/stage.ts";
import type { TestSite } from "./test_site.ts";

export interface Fault {
  title: string;
  /** The code that must come first. */
  code: Code;
  breakIt(site: TestSite): Promise<unknown>;
  /** Repairs it by hand. Absent: `doctor --fix` announces a fix, and must do it. */
  repair?(site: TestSite): Promise<unknown>;
  /** The member who must have StableDiffusion after the fix, beside the owner. */
  buyer?(): Member;
  /** The arguments with which explain answers the code; absent: the doctor finds it. */
  ask?(site: TestSite): [reference: string, module?: string];
}

/** Broken by one statement, and repaired by another or by the doctor. */
export function inSql(title: string, code: Code, breakIt: string, repair?: string): Fault {
  return {
    title,
    code,
    breakIt: ({ sql }) => sql.unsafe(breakIt),
    ...repair === undefined ? {} : { repair: ({ sql }) => sql.unsafe(repair) },
  };
}
