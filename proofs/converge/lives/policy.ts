/** The settings that lives share; mostly the defaults. */

import { type ChangedSetting, DEFAULTS, OTHER_VALUES, type Settings } from "../model/settings.ts";
import { random } from "../random.ts";

/** Two batches of five change one or two settings. */
export function policyFor(seed: number): Settings {
  const pick = random(seed);
  if (pick(5) < 3) return DEFAULTS;
  const columns = Object.keys(OTHER_VALUES) as ChangedSetting[];
  const changes = Array.from({ length: 1 + pick(2) }, () => {
    const column = columns[pick(columns.length)] as ChangedSetting;
    const values = OTHER_VALUES[column];
    return [column, values[pick(values.length)]];
  });
  return { ...DEFAULTS, ...Object.fromEntries(changes) };
}
