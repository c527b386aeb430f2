/** `deno task test`: all steps, one after the other, with a total at the end. */

import { printError, say } from "../../local/terminal.ts";
import { command } from "../../cli/frame.ts";
import { failureDetails } from "./failure_details.ts";
import { runStep, type Step } from "./step.ts";
import { sum, type Tally, tallyLine } from "../../cli/test/tally.ts";

const STEPS: Step[] = [
  { title: "format", command: ["fmt", "--check"] },
  { title: "lint", command: ["lint"] },
  { title: "types", command: ["check", "--quiet"] },
  { title: "functions", command: ["task", "--quiet", "test:functions", "--no-check"] },
  { title: "local and proofs", command: ["task", "--quiet", "test:local", "--no-check"] },
  { title: "end to end", command: ["task", "--quiet", "test:e2e", "--no-check"] },
  { title: "database", command: ["task", "--quiet", "test:db"] },
];

const test = command({
  name: "test",
  summary: "Check the format, the types and all tests that need nothing but Deno",
  options: {},
  examples: [""],
  exitCodes: ["all passed", "something failed"],
  async run() {
    const tallies: Tally[] = [];
    for (const step of STEPS) tallies.push(await perform(step));
    const total = sum(tallies);
    say(tallyLine(total));
    return total.failed === 0 ? 0 : 1;
  },
});

/** `deno task test`: all steps, one after the other, with a total at the end. */
async function perform(step: Step): Promise<Tally> {
  const { passed, failed, seconds, output } = await runStep(step);
  const mark = failed === 0 ? "ok    " : "FAILED";
  if (failed > 0) printError(...failureDetails(output).split("\n"));
  say(
    `${mark} ${step.title.padEnd(16)} ${tallyLine({ passed, failed })} (${seconds.toFixed(1)} s)`,
  );
  return { passed, failed };
}

await test.runAndExit();
