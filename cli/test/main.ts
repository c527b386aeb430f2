/** `test`: Sesame's own tests, in the user's project. */

import { say, sayJson } from "../../local/terminal.ts";
import { command } from "../frame.ts";
import { JSON_OPTION, list } from "../options.ts";
import { progressBar, watched } from "../progress_bar.ts";
import { findProject, PROJECT_OPTION } from "../project/user_project.ts";
import { nameOf, testProject } from "./project_suite.ts";
import type { FileReport } from "./run_file.ts";
import { failuresOf, reportInWords } from "./run_suite.ts";
import { sum, tallyLine } from "./tally.ts";

// In the repository, `deno task test` tests the repository. So this command has no task of its own there.
export const test = command({
  name: "test",
  summary: "Test Sesame in your own project, on a database of its own",
  details:
    "It applies the migrations of your project to a new Postgres, without Docker and without your seed. " +
    "Then it runs Sesame's pgTAP files there. They test Sesame's own objects, and say nothing about yours.",
  options: {
    project: PROJECT_OPTION,
    only: list("<name>", "only the files with this in their name; may be given several times"),
    json: JSON_OPTION,
  },
  examples: ["", "--project ../shop", "--only purchases --json"],
  exitCodes: ["all assertions hold", "one fails"],
  async run({ options: { project, only, json } }) {
    const { folder } = await findProject(project);
    const reports = await shown(folder, only, json);
    const tally = sum(reports);
    if (json) sayJson({ ...tally, files: reports.map(asJson) });
    else say(tallyLine(tally));
    return tally.failed === 0 ? 0 : 1;
  },
});

/** Runs the tests. Each file gets its lines when it is done. */
async function shown(folder: string, only: string[], json: boolean): Promise<FileReport[]> {
  const watch = progressBar({ json });
  return await watched(watch, "applying your migrations", () =>
    testProject(folder, {
      only,
      started: () => watch(null),
      seen: (report) => json || say(...reportInWords(report, nameOf(report))),
    }));
}

function asJson(report: FileReport) {
  const { passed, failed } = report;
  return { file: nameOf(report), passed, failed, failures: failuresOf(report) };
}
