/** The doctor's checks: one file of the folder `checks/` each, in the order in which one fault causes the next. */

import { placeOf } from "../../diagnosis/codes.ts";
import type { Check } from "./check.ts";

const FOLDER = new URL("checks/", import.meta.url);

export const CHECKS: readonly Check[] = await loadChecks();

async function loadChecks(): Promise<Check[]> {
  const files = await Array.fromAsync(Deno.readDir(FOLDER));
  const modules = await Promise.all(
    files.map(({ name }) => import(new URL(name, FOLDER).href) as Promise<{ check: Check }>),
  );
  return modules.map(({ check }) => check).sort((one, other) =>
    firstPlace(one) - firstPlace(other)
  );
}

function firstPlace({ codes }: Check): number {
  return Math.min(...codes.map(placeOf));
}
