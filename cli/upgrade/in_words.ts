/** What `upgrade` says: its plan, what it leaves alone, what stands in its way, and what comes next. */

import { task } from "../../diagnosis/task_command.ts";
import { changeAsJson, changesInWords } from "../project/changes.ts";
import { CONFIG } from "../project/config_block.ts";
import type { Edit } from "../project/planned_files.ts";
import { ENV_EXAMPLE } from "../project/env_example.ts";
import { slugsIn } from "../project/vendored.ts";
import { VERSION } from "../version.ts";
import { diffOf } from "./diff.ts";
import type { UpgradePlan } from "./plan.ts";

export function planInWords(plan: UpgradePlan, folder: string): string[] {
  return [
    `Sesame ${plan.from} in ${folder} would be upgraded to ${VERSION}:`,
    ...changesInWords(plan.changes),
    "  ~ supabase/sesame.json",
    ...editsInWords(plan),
    ...leftInWords(plan),
    "The new migration upgrades a database when you push it. Your older migrations stay as they are.",
    "Nothing else in your project changes, and no database is touched.",
  ];
}

function editsInWords({ edits }: UpgradePlan): string[] {
  const [changed, same] = [true, false].map((isNew) =>
    edits.filter((edit) => edit.isNew === isNew)
  );
  return [
    ...same!.map(({ path }) =>
      `supabase/${path} was changed by hand, and stays as it is. This version has nothing new for it.`
    ),
    ...changed!.flatMap(editInWords),
  ];
}

function editInWords(edit: Edit): string[] {
  const what = [CONFIG, ENV_EXAMPLE].includes(edit.path)
    ? "delete our lines from >>> to <<<"
    : "move your file away";
  return [
    `supabase/${edit.path} was changed by hand, and stays as it is. This is what the new version changes:`,
    ...diffOf(edit).split("\n").map((line) => `    ${line}`.trimEnd()),
    `  To take ours: ${what} after the upgrade, and run ${task("add")}`,
  ];
}

function leftInWords({ left }: UpgradePlan): string[] {
  return left.map((path) =>
    `supabase/${path} is no longer needed. You changed it, so it stays. Delete it if you need it no more.`
  );
}

export function clashesInWords({ clashes }: UpgradePlan): string[] {
  return [
    "Sesame cannot be upgraded here yet. Nothing was changed.",
    ...clashes.map((line) => `- ${line}`),
    "Do what each line says, and run it again.",
  ];
}

/** Named functions only: without names the CLI deploys the app's as well. */
export function nextInWords({ manifest, lostFunctions }: UpgradePlan): string[] {
  return [
    `Sesame was upgraded to ${VERSION}. Commit the files. Then, for your linked project:`,
    "  npx supabase@3.1.0 db push",
    `  npx supabase@3.1.0 functions deploy ${slugsIn(manifest.files).join(" ")} --use-api`,
    ...lostFunctions.map((slug) => `  npx supabase@3.1.0 functions delete ${slug}`),
  ];
}

export function planAsJson(plan: UpgradePlan, dryRun: boolean) {
  return {
    dryRun,
    from: plan.from,
    to: VERSION,
    migration: plan.manifest.upgrades.at(-1) ?? null,
    changed: !dryRun && plan.clashes.length === 0,
    changes: plan.changes.map(changeAsJson),
    edited: plan.edits.map((edit) => ({ path: `supabase/${edit.path}`, diff: diffOf(edit) })),
    left: plan.left.map((path) => `supabase/${path}`),
    clashes: plan.clashes,
  };
}
