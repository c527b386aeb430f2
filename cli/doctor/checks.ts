/** All checks, in the order in which one problem causes the next: the first finding is the cause. */

import type { Check } from "./check.ts";
import { addresses } from "./checks/addresses.ts";
import { answers } from "./checks/answers.ts";
import { arrivals } from "./checks/arrivals.ts";
import { clocks } from "./checks/clocks.ts";
import { connections } from "./checks/connections.ts";
import { cron } from "./checks/cron.ts";
import { deployed } from "./checks/deployed.ts";
import { drift } from "./checks/drift.ts";
import { endpoint } from "./checks/endpoint.ts";
import { environment } from "./checks/environment.ts";
import { inbox } from "./checks/inbox.ts";
import { legacyTokens } from "./checks/legacy_tokens.ts";
import { migrations } from "./checks/migrations.ts";
import { movedIn } from "./checks/moved_in.ts";
import { refusals } from "./checks/refusals.ts";
import { silence } from "./checks/silence.ts";
import { standing } from "./checks/standing.ts";
import { stripeKey } from "./checks/stripe_key.ts";

export const CHECKS: readonly Check[] = [
  environment,
  connections,
  standing,
  migrations,
  drift,
  cron,
  deployed,
  stripeKey,
  clocks,
  endpoint,
  answers,
  refusals,
  arrivals,
  silence,
  movedIn,
  legacyTokens,
  addresses,
  inbox,
];
