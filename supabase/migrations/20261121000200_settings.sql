-- The owner's policy: one row, one column for each choice.

create table sesame.settings (
  id boolean primary key default true,
  full_refund_closes boolean not null default true,
  refund_closes_from_percent integer not null default 100,
  dispute_closes boolean not null default true,
  partial_dispute_closes boolean not null default true,
  inquiry_closes boolean not null default false,
  past_due_grace interval not null default '7 days',
  pause_collection_closes boolean not null default false,
  renewal_grace interval not null default '3 days',
  refunded_period_closes boolean not null default true,
  send_invoice_opens_unpaid boolean not null default true,
  passes_stack boolean not null default true,
  client_reference_id_names_buyer boolean not null default false,
  verified_email_claims boolean not null default false,
  returning_account_inherits boolean not null default true,
  keep_bodies interval not null default '90 days',
  checkout_promotion_codes boolean not null default false,
  checkout_automatic_tax boolean not null default false,
  checkout_tax_ids boolean not null default false,
  trial_once_per_person boolean not null default true,
  expiring_notice interval not null default '3 days',
  constraint settings_is_one_row check (id),
  constraint settings_refund_closes_from_percent_is_a_percentage
    check (refund_closes_from_percent between 1 and 100),
  constraint settings_past_due_grace_is_not_negative check (past_due_grace >= interval '0'),
  constraint settings_renewal_grace_is_not_negative check (renewal_grace >= interval '0'),
  constraint settings_keep_bodies_is_not_negative check (keep_bodies >= interval '0'),
  constraint settings_expiring_notice_is_not_negative check (expiring_notice >= interval '0')
);

insert into sesame.settings default values;

alter table sesame.settings enable row level security;

comment on table sesame.settings is
  'The policy, in one row. Private: no policy, so only its owner reads or changes it. A change applies to all past '
  'sales, in the same transaction.';
comment on column sesame.settings.full_refund_closes is
  'Whether a refund closes what it paid for: a full refund, or one of refund_closes_from_percent and more.';
comment on column sesame.settings.refund_closes_from_percent is
  'The part of the received money, in percent, from which a refund closes: refunded * 100 >= received * this. 100: only '
  'a full refund.';
comment on column sesame.settings.dispute_closes is
  'Whether a dispute closes the disputed purchase, while it is open, lost, prevented, or in an unknown state.';
comment on column sesame.settings.partial_dispute_closes is
  'Whether a dispute over a part closes as well. Off: while it stands, the disputed sum counts as given back.';
comment on column sesame.settings.inquiry_closes is
  'Whether a bank''s inquiry (a dispute in a warning_ state) closes as well.';
comment on column sesame.settings.past_due_grace is
  'How long a subscription stays open after a renewal failed.';
comment on column sesame.settings.pause_collection_closes is
  'Whether a subscription closes while the collection of its invoices is paused. The status paused always closes it.';
comment on column sesame.settings.renewal_grace is
  'How long a subscription stays open after its period, while Stripe may still deliver the renewal.';
comment on column sesame.settings.refunded_period_closes is
  'Whether a refund or dispute of the invoice of the current period closes a subscription for that period.';
comment on column sesame.settings.send_invoice_opens_unpaid is
  'Whether a subscription whose invoices are sent to the customer is open before they are paid. Off: open once a '
  'paid line reaches into the period.';
comment on column sesame.settings.passes_stack is
  'Whether the times of several passes (one-time purchases with an access_duration) of one module and level are '
  'added up. Off: each counts from its own payment.';
comment on column sesame.settings.client_reference_id_names_buyer is
  'Whether client_reference_id names the buyer. On Payment Links it comes from a URL that the buyer can edit: switch '
  'it on only where you alone make those URLs.';
comment on column sesame.settings.verified_email_claims is
  'Whether a purchase without a user belongs to the account that has verified the buyer''s address. Off until setup, or '
  'an operator, has checked that Auth sends a mail before it confirms an address. Without that mail anybody could '
  'confirm any address.';
comment on column sesame.settings.returning_account_inherits is
  'Whether an account that is deleted and made again with the same verified address gets back its former access. '
  'Counts only while verified_email_claims is on. Switch it off where addresses are given to other people.';
comment on column sesame.settings.keep_bodies is
  'How long the bodies of applied and ignored events are kept. 0: they are not stored. Facts stay in any case, and every '
  'other event keeps its body until it is settled, because a replay reads it. No access depends on it.';
comment on column sesame.settings.checkout_promotion_codes is
  'Whether Stripe''s payment page has a field for a promotion code. A request to checkout may name a code in any case. '
  'No access depends on it.';
comment on column sesame.settings.checkout_automatic_tax is
  'Whether Stripe Tax adds the tax to a purchase. First activate Stripe Tax in the Dashboard; without it Stripe refuses '
  'every purchase. No access depends on it.';
comment on column sesame.settings.checkout_tax_ids is
  'Whether Stripe''s payment page asks companies for their tax id. No access depends on it.';
comment on column sesame.settings.trial_once_per_person is
  'Whether checkout gives a trial only to a user who never had a subscription to any module of the price. Off: each '
  'subscription begins with the trial of its price. No access depends on it.';
comment on column sesame.settings.expiring_notice is
  'How long before its end outgoing webhooks say access.expiring. 0: they never do. No access depends on it.';
