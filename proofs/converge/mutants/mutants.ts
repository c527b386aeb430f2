/** All mutants, in the order of their chapters. */

import type { Mutant } from "./mutant.ts";
import { ACCESS } from "./rules/access.ts";
import { ARROWS } from "./rules/arrows.ts";
import { BUYERS } from "./rules/buyers.ts";
import { FACTS } from "./rules/facts.ts";
import { GRACE } from "./rules/grace.ts";
import { LINES } from "./rules/lines.ts";
import { MONEY } from "./rules/money.ts";
import { PARTS } from "./rules/parts.ts";
import { PERIODS } from "./rules/periods.ts";
import { SALES } from "./rules/sales.ts";
import { SETTINGS } from "./rules/settings.ts";
import { SHORT } from "./rules/short.ts";
import { TIES } from "./rules/ties.ts";
import { WAITING } from "./rules/waiting.ts";

export const MUTANTS: readonly Mutant[] = [
  ...TIES,
  ...FACTS,
  ...LINES,
  ...ARROWS,
  ...BUYERS,
  ...MONEY,
  ...SALES,
  ...PERIODS,
  ...GRACE,
  ...ACCESS,
  ...WAITING,
  ...PARTS,
  ...SHORT,
  ...Object.values(SETTINGS).flat(),
];
