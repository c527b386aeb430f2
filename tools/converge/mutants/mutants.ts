/** The mutants: each one rule of the migrations, weakened, as a mistake would weaken it. */

/** A deliberate mistake. */
export interface Mutant {
  name: string;
  /** The migration it is made in, without version and extension. */
  chapter: string;
  /** Must stand there exactly once. */
  text: string;
  instead: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "a failed refund still counts",
    chapter: "payment_block",
    text: " filter (where refund.status < 'canceled')",
    instead: "",
  },
  {
    name: "refund: succeeded outranks failed",
    chapter: "refunds",
    text: "'requires_action', 'pending', 'succeeded', 'canceled', 'failed'",
    instead: "'requires_action', 'pending', 'canceled', 'failed', 'succeeded'",
  },
  {
    name: "a failed refund does not explain what the charge once said",
    chapter: "payment_block",
    text: "greatest(0, v_charge_says - v_known)",
    instead: "greatest(0, v_charge_says - v_returned)",
  },
  {
    name: "the charge's word is forgotten: least instead of most refunded",
    chapter: "charges",
    text: "max(amount_captured), max(amount_refunded)",
    instead: "max(amount_captured), min(amount_refunded)",
  },
  {
    name: "any refund closes",
    chapter: "payment_block",
    text: "if v_returned >= coalesce(",
    instead: "if v_returned > 0 or v_returned >= coalesce(",
  },
  {
    name: "only the session says that it is paid",
    chapter: "purchases",
    text: "least(session.paid_at, payment.paid_at) as paid_at",
    instead: "session.paid_at as paid_at",
  },
  {
    name: "what needs no payment is not paid",
    chapter: "checkout_sessions",
    text: "case when payment_status > 'unpaid' then said_at end",
    instead: "case when payment_status > 'no_payment_required' then said_at end",
  },
  {
    name: "payment intent: the lowest status instead of the highest",
    chapter: "payment_intents",
    text: "max(status), max(amount_received)",
    instead: "min(status), max(amount_received)",
  },
  {
    name: "invoice: the lowest status instead of the highest",
    chapter: "invoices",
    text: "max(status) as status",
    instead: "min(status) as status",
  },
  {
    name: "the term runs from the last word on the payment",
    chapter: "purchases",
    text: "least(session.paid_at, payment.paid_at)",
    instead: "greatest(session.paid_at, payment.paid_at)",
  },
  {
    name: "of two snapshots in a second the last to arrive wins (<=)",
    chapter: "newest",
    text: "if v_order <> 0 then\n      return jsonb_build_array(case when v_order > 0 then",
    instead: "if true then\n      return jsonb_build_array(case when v_order >= 0 then",
  },
  {
    name: "of two snapshots in a second the first to arrive stays (<)",
    chapter: "newest",
    text: "if v_order <> 0 then",
    instead: "if true then",
  },
  {
    name: "the oldest snapshot counts",
    chapter: "newest",
    text: "case when v_order > 0 then v_one else v_other end",
    instead: "case when v_order < 0 then v_one else v_other end",
  },
  {
    name: "no type rank",
    chapter: "newest",
    text: " (snapshot ->> 'type_rank')::smallint desc,",
    instead: "",
  },
  {
    name: "no rank of what was fetched",
    chapter: "newest",
    text: "(snapshot ->> 'is_fetch')::boolean desc, ",
    instead: "",
  },
  {
    name: "no snapshot supersedes another",
    chapter: "newest",
    text: "select later -> 'changed_from' <> '{}' and not exists (",
    instead: "select false and not exists (",
  },
  {
    name: "the end of a subscription is not final",
    chapter: "subscriptions",
    text: "fact ->> 'status' in ('canceled', 'incomplete_expired')",
    instead: "false",
  },
  {
    name: "a lost dispute is final",
    chapter: "disputes",
    text: `fact || '{"is_final": false}'`,
    instead: "fact || jsonb_build_object('is_final', fact ->> 'status' = 'lost')",
  },
  {
    name: "a dispute that was won still closes",
    chapter: "payment_block",
    text: "when dispute.status = 'won' then false",
    instead: "when dispute.status = 'won' then true",
  },
  {
    name: "an incomplete subscription opens",
    chapter: "subscription_grants",
    text: "when 'incomplete' then 'pending_payment'",
    instead: "when 'incomplete' then 'subscription'",
  },
  {
    name: "the grace of past_due runs from now",
    chapter: "subscription_grants",
    text: "greatest(to_timestamp(item.current_period_start), ",
    instead: "greatest(now(), ",
  },
  {
    name: "a refunded invoice closes every period",
    chapter: "period_block",
    text: "and invoice.period_end > period_block.period_start",
    instead: "",
  },
  {
    name: "the last metadata binds, not the first",
    chapter: "checkout_sessions",
    text: "(array_agg(user_ref order by user_ref_at, user_ref))[1]",
    instead: "(array_agg(user_ref order by user_ref_at desc, user_ref))[1]",
  },
  {
    name: "a denial counts like any refusal",
    chapter: "decided_access",
    text: "reason = 'denied' desc, reason < 'denied' desc",
    instead: "reason < 'denied' desc",
  },
  {
    name: "of several sources the shortest holds",
    chapter: "decided_access",
    text: "expires_at desc nulls first, reason",
    instead: "expires_at asc nulls last, reason",
  },
  {
    name: "no arrow from a refund to its payment",
    chapter: "dependents",
    text:
      "  select 'refund', id, 'payment_intent', payment_intent_id from sesame.refunds\n  union all\n",
    instead: "",
  },
  {
    name: "no arrow from an invoice payment to its invoice",
    chapter: "dependents",
    text:
      "  select 'invoice_payment', id, 'invoice', invoice_id from sesame.invoice_payments\n  union all\n",
    instead: "",
  },
  {
    name: "no arrow from a customer to his sessions",
    chapter: "dependents",
    text:
      "  select 'customer', customer_id, 'checkout_session', id from sesame.checkout_sessions\n  union all\n",
    instead: "",
  },
  {
    name: "a claim counts for more than a name",
    chapter: "claims",
    text: "if v_claim.way is distinct from 'operator' then",
    instead: "if v_claim.way is null then",
  },
  {
    name: "a purchase does not look for its account",
    chapter: "fold",
    text: "perform sesame.claim_for_members(v_addresses);",
    instead: "perform 1;",
  },
  {
    name: "an account does not look for its purchases",
    chapter: "welcome_user",
    text: "perform sesame.claim_grants(array[new.id], array[v_address]);",
    instead: "perform 1;",
  },
  {
    name: "the fold takes no lock",
    chapter: "lock_fold",
    text: "perform pg_advisory_xact_lock(hashtextextended('sesame.fold', 0));",
    instead: "perform 1;",
  },
];
