/** Breaks, asks, mends, and looks whether all is well again. */

import { examineProject, findingsOf, fixFully } from "../../cli/doctor/doctor.ts";
import { explain } from "../../cli/explain/explain.ts";
import { type Member, openModules } from "../e2e/stage.ts";
import type { Fault } from "./fault.ts";
import type { Patient } from "./patient.ts";

/** What became of one fault. */
export interface Row {
  fault: Fault;
  /** What was named first; null: nothing. */
  named: string | null;
  mended: "by --fix" | "by hand" | "no";
  /** What was wrong with the answer, or with the project afterwards. */
  complaints: string[];
}

export async function inject(fault: Fault, patient: Patient): Promise<Row> {
  await fault.strike(patient);
  const named = await nameIt(fault, patient);
  const complaints = named === fault.code ? [] : [`named ${named}, not ${fault.code}`];
  complaints.push(...await mend(fault, patient), ...await ailments(patient));
  if (fault.gains !== undefined) complaints.push(...await lacking(fault.gains()));
  if (fault.ask !== undefined) complaints.push(...await stillClosed(fault.ask(patient), patient));
  const how = fault.relieve === undefined ? "by --fix" : "by hand";
  return { fault, named, mended: complaints.length === 0 ? how : "no", complaints };
}

async function nameIt({ ask }: Fault, patient: Patient): Promise<string | null> {
  if (ask !== undefined) {
    const [explanation] = await explain(patient.project.call, ...ask(patient));
    return explanation?.cause?.code ?? null;
  }
  const [first] = findingsOf(await examineProject(patient.project));
  return first?.code ?? null;
}

/** By whoever says that he can: `--fix` may neither promise too much nor too little. */
async function mend({ relieve, ask }: Fault, patient: Patient): Promise<string[]> {
  if (relieve !== undefined) {
    const [first] = ask === undefined ? findingsOf(await examineProject(patient.project)) : [];
    await relieve(patient);
    return first?.plan === undefined ? [] : [`--fix promised to ${first.plan}`];
  }
  await fixFully(patient.project, await examineProject(patient.project));
  return [];
}

/** What is still wrong; nothing, on a healthy project. */
export async function ailments({ project, owner }: Patient): Promise<string[]> {
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
  return open.includes("stable-diffusion") ? [] : ["who paid still has nothing"];
}

async function stillClosed(
  question: [reference: string, module?: string],
  { project }: Patient,
): Promise<string[]> {
  const [explanation] = await explain(project.call, ...question);
  const code = explanation?.cause?.code;
  return code === undefined ? [] : [`still ${code}`];
}
