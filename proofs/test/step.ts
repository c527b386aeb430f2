/**
 * One step of `deno task test`: a Deno command of its own, so that a step which crashes or hangs on
 * to something takes nothing else with it.
 *
 * @module
 */

import { type Tally, tallyOf } from "./tally.ts";

/** A step by its name and the arguments of `deno`. */
export interface Step {
  title: string;
  command: string[];
}

/** What a step did. */
export interface StepReport extends Tally {
  seconds: number;
  /** All that it printed, colours left out. */
  output: string;
}

/** Runs a step to its end. */
export async function runStep({ command }: Step): Promise<StepReport> {
  const started = performance.now();
  const deno = new Deno.Command(Deno.execPath(), { args: command, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await deno.output();
  const output = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { ...tallyOf(output, success), seconds: (performance.now() - started) / 1000, output };
}
