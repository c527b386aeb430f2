/** The settings: one mutant for each column that a scenario changes. */

import type { Settings } from "../../model/settings.ts";
import type { Mutant } from "../mutant.ts";

/** No story deletes an account. */
type Column = Exclude<keyof Settings, "returning_account_inherits">;

function ignored(
  column: Column,
  scenario: number,
  chapter: string,
  text: string,
  instead: string,
): Mutant {
  return { name: `${column} is ignored`, scenario, chapter, text, instead };
}

export const SETTINGS: { readonly [Name in Column]: Mutant } = {
  full_refund_closes: ignored(
    "full_refund_closes",
    171,
    "returned_money",
    "when v_settings.full_refund_closes\n",
    "when true\n",
  ),
  refund_closes_from_percent: ignored(
    "refund_closes_from_percent",
    169,
    "returned_money",
    "returned::numeric * 100 >= received::numeric * from_percent",
    "returned >= received",
  ),
  dispute_closes: ignored(
    "dispute_closes",
    172,
    "returned_money",
    "else settings.dispute_closes",
    "else true",
  ),
  partial_dispute_closes: ignored(
    "partial_dispute_closes",
    167,
    "returned_money",
    "when is_disputed and v_settings.partial_dispute_closes then",
    "when is_disputed then",
  ),
  inquiry_closes: ignored(
    "inquiry_closes",
    173,
    "returned_money",
    "then settings.inquiry_closes",
    "then false",
  ),
  past_due_grace: ignored(
    "past_due_grace",
    174,
    "subscription_grants",
    "+ settings.past_due_grace",
    "+ interval '7 days'",
  ),
  pause_collection_closes: ignored(
    "pause_collection_closes",
    173,
    "subscription_grants",
    "subscription.is_paused and settings.pause_collection_closes",
    "false",
  ),
  renewal_grace: ignored(
    "renewal_grace",
    174,
    "subscription_grants",
    "+ settings.renewal_grace",
    "+ interval '3 days'",
  ),
  refunded_period_closes: ignored(
    "refunded_period_closes",
    172,
    "paid_periods",
    "(select settings.refunded_period_closes from sesame.settings where settings.id) as can_go_back",
    "true as can_go_back",
  ),
  send_invoice_opens_unpaid: ignored(
    "send_invoice_opens_unpaid",
    165,
    "subscription_grants",
    "and not settings.send_invoice_opens_unpaid",
    "and false",
  ),
  passes_stack: ignored(
    "passes_stack",
    168,
    "decided_access",
    "select settings.passes_stack from sesame.settings where settings.id",
    "select true",
  ),
  client_reference_id_names_buyer: ignored(
    "client_reference_id_names_buyer",
    175,
    "buyers",
    "case when settings.client_reference_id_names_buyer then named.client_reference_id end",
    "null::text",
  ),
  verified_email_claims: ignored(
    "verified_email_claims",
    206,
    "members",
    "where (select verified_email_claims from sesame.settings where settings.id)",
    "where true",
  ),
};
