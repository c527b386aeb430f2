/** The settings under which lives are told together; most often the usual ones. */

import { DEFAULTS, type Settings } from "../model/settings.ts";
import { random } from "../random.ts";
import { DAY } from "../stripe/clock.ts";

/** No life deletes an account. */
type Column = Exclude<keyof Settings, "returning_account_inherits">;

/** What else each of them may be. */
const OTHERWISE: { [Name in Column]: Settings[Name][] } = {
  full_refund_closes: [false],
  dispute_closes: [false],
  inquiry_closes: [true],
  pause_collection_closes: [true],
  refunded_period_closes: [false],
  client_reference_id_names_buyer: [true],
  verified_email_claims: [false],
  send_invoice_opens_unpaid: [false],
  partial_dispute_closes: [false],
  passes_stack: [false],
  refund_closes_from_percent: [1, 34, 50],
  past_due_grace: [0, 14 * DAY],
  renewal_grace: [0, 10 * DAY],
};

/** One or two of them are otherwise in two batches of five. */
export function policyFor(seed: number): Settings {
  const pick = random(seed);
  if (pick(5) < 3) return DEFAULTS;
  const columns = Object.keys(OTHERWISE) as Column[];
  const changes = Array.from({ length: 1 + pick(2) }, () => {
    const column = columns[pick(columns.length)] as Column;
    const values = OTHERWISE[column];
    return [column, values[pick(values.length)]];
  });
  return { ...DEFAULTS, ...Object.fromEntries(changes) };
}
