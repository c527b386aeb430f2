/** Whether it works now: the doctor looks the project over, as far as setup has the keys to it. */

import { type Examination, examineProject } from "../doctor/doctor.ts";
import { openProject } from "../doctor/open_project.ts";
import { exitCode } from "../doctor/severity.ts";

type Read = (name: string) => string | undefined;

export interface Verified {
  url: string;
  secretKey: string;
  webhookSecret: string | null;
  /** Whether anything was set just now: functions hear of it within seconds, and not at once. */
  isChanged: boolean;
}

/** How often it is looked again, and how long it is waited before, in milliseconds. */
const PATIENCE = { times: 6, pause: 5_000 };

export async function verify(
  { url, secretKey, webhookSecret, isChanged }: Verified,
  read: Read,
  { times, pause } = PATIENCE,
): Promise<Examination[]> {
  const known = (name: string) =>
    name === "STRIPE_WEBHOOK_SECRET" ? webhookSecret ?? undefined : read(name);
  const project = await openProject({ url, key: secretKey }, known);
  let examinations = await examineProject(project);
  for (let again = 1; isChanged && again < times && exitCode(examinations) > 1; again++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    examinations = await examineProject(project);
  }
  return examinations;
}
