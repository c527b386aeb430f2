/** One way to break a project that works. */

import type { Member } from "../e2e/stage.ts";
import type { Patient } from "./patient.ts";

export interface Fault {
  title: string;
  /** What must be named first, as in the table of causes. */
  code: string;
  strike(patient: Patient): Promise<unknown>;
  /** Puts it right by hand. Absent: `doctor --fix` says that it can, and has to. */
  relieve?(patient: Patient): Promise<unknown>;
  /** Who must have StableDiffusion once it is mended, beside the owner. */
  gains?(): Member;
  /** Whose access to what explains it; absent: the doctor finds it by himself. */
  ask?(patient: Patient): [reference: string, module?: string];
}

/** Broken by one statement, and put right by another, or by the doctor. */
export function inSql(title: string, code: string, strike: string, relieve?: string): Fault {
  return {
    title,
    code,
    strike: ({ sql }) => sql.unsafe(strike),
    ...relieve === undefined ? {} : { relieve: ({ sql }) => sql.unsafe(relieve) },
  };
}
