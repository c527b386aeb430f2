/** Runs the doctor's checks after setup, with the keys that setup has. */

import type { Check } from "../doctor/check.ts";
import { type Examination, examineProject } from "../doctor/doctor.ts";
import { openProject } from "../doctor/open_project.ts";
import type { Watch } from "../progress_bar.ts";
import { exitCode } from "../doctor/severity.ts";

type Read = (name: string) => string | undefined;

export interface Verified {
  url: string;
  secretKey: string;
  webhookSecret: string | null;
  /** The site given; null: the environment may name it. */
  siteUrl: string | null;
  /** Whether secrets were set just now. The functions get them only some seconds later. */
  isChanged: boolean;
}

export async function verify(
  { url, secretKey, webhookSecret, siteUrl, isChanged }: Verified,
  read: Read,
  watch: Watch,
): Promise<Examination[]> {
  const found: Record<string, string | null> = {
    SUPABASE_URL: url,
    SUPABASE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    ...siteUrl === null ? {} : { SITE_URL: siteUrl },
  };
  const project = await openProject((name) =>
    name in found ? found[name] ?? undefined : read(name)
  );
  project.watch = watch;
  const examine = (checks?: readonly Check[]) => examineProject(project, checks);
  return isChanged ? await examineUntilWell(examine) : await examine();
}

/** The maximum number of examinations, and the milliseconds between them. */
const PATIENCE = { times: 6, pause: 5_000 };

/** Repeats only the checks that failed: to examine a large database takes long. */
export async function examineUntilWell(
  examine: (checks?: readonly Check[]) => Promise<Examination[]>,
  { times, pause } = PATIENCE,
): Promise<Examination[]> {
  let examinations = await examine();
  for (let time = 1; time < times && exitCode(examinations) > 1; time++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const ill = examinations.filter((examination) => exitCode([examination]) > 1);
    const again = await examine(ill.map(({ check }) => check));
    examinations = examinations.map((examination) =>
      again.find(({ check }) => check === examination.check) ?? examination
    );
  }
  return examinations;
}
