/**
 * One step of `deno task test`: a separate Deno command, so that a step that crashes or leaves a
 * process behind does not affect the others.
 *
 * @module
 */

import type { Tally } from "../../cli/test/tally.ts";
import { tallyOf } from "./tally.ts";

/** A step by its name and the arguments of `deno`. */
export interface Step {
  title: string;
  command: string[];
}

/** The result of a step. */
export interface StepReport extends Tally {
  seconds: number;
  /** Its output, without colours. */
  output: string;
}

/**
 * How many test files run at once: more than there are cores, for many tests wait for a time limit.
 * Measured times have room for that; a user's own DENO_JOBS counts.
 */
export function jobs(cores: number, chosen = Deno.env.get("DENO_JOBS")): string {
  return chosen || String(Math.ceil(1.5 * cores));
}

/** Runs a step to its end. */
export async function runStep({ command }: Step): Promise<StepReport> {
  const started = performance.now();
  const env = { NO_COLOR: "1", DENO_JOBS: jobs(navigator.hardwareConcurrency) };
  const deno = new Deno.Command(Deno.execPath(), { args: command, env });
  const { success, stdout, stderr } = await deno.output();
  const output = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { ...tallyOf(output, success), seconds: (performance.now() - started) / 1000, output };
}
