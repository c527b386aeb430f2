/** All scenarios: 1 to 50 are the conformance table, those above fifty our own. */

import type { Scenario } from "../scenario.ts";
import { CHANGES } from "./changes.ts";
import { MONEY_BACK } from "./money_back.ts";
import { ONE_TIME } from "./one_time.ts";
import { OTHER_SOURCES } from "./other_sources.ts";
import { SUBSCRIPTIONS } from "./subscriptions.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...ONE_TIME,
  ...MONEY_BACK,
  ...SUBSCRIPTIONS,
  ...CHANGES,
  ...OTHER_SOURCES,
].sort((one, other) => one.number - other.number);
