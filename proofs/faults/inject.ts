/** Breaks a project, runs the diagnosis and the fix, and checks that no problem is left. */

import { examineProject, findingsOf, fixFully } from "../../cli/doctor/doctor.ts";
import { explain } from "../../cli/explain/explain.ts";
import { type Member, openModules } from "../e2e/stage.ts";
import type { Fault } from "./fault.ts";
import type { TestSite } from "./test_site.ts";

/** The result of one fault. */
export interface Row {
  fault: Fault;
  /** The first code that was named; null: none. */
  named: string | null;
  fixed: "by --fix" | "by hand" | "no";
  /** The errors of the answer, or of the project afterwards. */
  problems: string[];
}

export async function inject(fault: Fault, site: TestSite): Promise<Row> {
  await fault.breakIt(site);
  const named = await firstCode(fault, site);
  const problems = named === fault.code ? [] : [`named ${named}, not ${fault.code}`];
  problems.push(...await fix(fault, site), ...await problemsOf(site));
  if (fault.buyer !== undefined) problems.push(...await lacking(fault.buyer()));
  if (fault.ask !== undefined) problems.push(...await stillClosed(fault.ask(site), site));
  const how = fault.repair === undefined ? "by --fix" : "by hand";
  return { fault, named, fixed: problems.length === 0 ? how : "no", problems };
}

async function firstCode({ ask }: Fault, site: TestSite): Promise<string | null> {
  if (ask !== undefined) {
    const [explanation] = await explain(site.project.call, ...ask(site));
    return explanation?.cause?.code ?? null;
  }
  const [first] = findingsOf(await examineProject(site.project));
  return first?.code ?? null;
}

/** Checks that `--fix` does exactly what it announces. */
async function fix({ repair, ask }: Fault, site: TestSite): Promise<string[]> {
  if (repair !== undefined) {
    const [first] = ask === undefined ? findingsOf(await examineProject(site.project)) : [];
    await repair(site);
    return first?.plan === undefined ? [] : [`--fix announced to ${first.plan}`];
  }
  await fixFully(site.project, await examineProject(site.project));
  return [];
}

/** The remaining problems; empty for a healthy project. */
export async function problemsOf({ project, owner }: TestSite): Promise<string[]> {
  const examinations = await examineProject(project);
  const open = await openModules(owner).catch((error: Error) => [error.message]);
  return [
    ...findingsOf(examinations).map(({ code, about }) => `${code}: ${about}`),
    ...examinations.filter(({ blocked, skipped }) => blocked !== null || skipped !== null)
      .map(({ check, blocked, skipped }) => `${check.title}: ${blocked ?? skipped}`),
    ...open.join() === "stable-diffusion" ? [] : [`the owner has ${open.join() || "nothing"}`],
  ];
}

async function lacking(member: Member): Promise<string[]> {
  const open = await openModules(member);
  return open.includes("stable-diffusion") ? [] : ["the buyer still has nothing"];
}

async function stillClosed(
  question: [reference: string, module?: string],
  { project }: TestSite,
): Promise<string[]> {
  const [explanation] = await explain(project.call, ...question);
  const code = explanation?.cause?.code;
  return code === undefined ? [] : [`still ${code}`];
}
