/** All faults, by what they break. */

import type { Fault } from "./fault.ts";
import { ACCESS_FAULTS } from "./kinds/access.ts";
import { DATABASE_FAULTS } from "./kinds/database.ts";
import { FUNCTION_FAULTS } from "./kinds/functions.ts";
import { SALE_FAULTS } from "./kinds/sales.ts";
import { STRIPE_FAULTS } from "./kinds/stripe.ts";

export const FAULTS: readonly Fault[] = [
  ...DATABASE_FAULTS,
  ...FUNCTION_FAULTS,
  ...STRIPE_FAULTS,
  ...ACCESS_FAULTS,
  ...SALE_FAULTS,
];
