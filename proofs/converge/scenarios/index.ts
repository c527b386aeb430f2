/** All scenarios: 1 to 50 are the conformance table, those above fifty our own. */

import type { Scenario } from "../scenario.ts";
import { CHANGES } from "./changes.ts";
import { GRACE } from "./grace.ts";
import { KNOWN_CUSTOMER } from "./known_customer.ts";
import { MISSING_PARTS } from "./missing_parts.ts";
import { MONEY_BACK } from "./money_back.ts";
import { ONE_TIME } from "./one_time.ts";
import { ONE_TIME_LINES } from "./one_time_lines.ts";
import { OTHER_SOURCES } from "./other_sources.ts";
import { PASSES } from "./passes.ts";
import { POLICIES } from "./policies.ts";
import { RECEIVED } from "./received.ts";
import { SUBSCRIPTIONS } from "./subscriptions.ts";
import { WHOSE_MONEY } from "./whose_money.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...ONE_TIME,
  ...MONEY_BACK,
  ...SUBSCRIPTIONS,
  ...CHANGES,
  ...OTHER_SOURCES,
  ...WHOSE_MONEY,
  ...ONE_TIME_LINES,
  ...GRACE,
  ...KNOWN_CUSTOMER,
  ...RECEIVED,
  ...PASSES,
  ...POLICIES,
  ...MISSING_PARTS,
].sort((one, other) => one.number - other.number);
