-- The owner's policy: one row, one column for each choice.

create table billing.settings (
  id boolean primary key default true,
  past_due_grace interval not null default '7 days',
  renewal_grace interval not null default '3 days',
  constraint settings_is_one_row check (id),
  constraint settings_past_due_grace_is_not_negative check (past_due_grace >= interval '0'),
  constraint settings_renewal_grace_is_not_negative check (renewal_grace >= interval '0')
);

insert into billing.settings default values;

alter table billing.settings enable row level security;

comment on table billing.settings is
  'The policy, in one row. Private: no policy, so only its owner reads or changes it.';
comment on column billing.settings.past_due_grace is
  'How long a subscription stays open after a renewal failed.';
comment on column billing.settings.renewal_grace is
  'How long a subscription stays open after its period, while Stripe may still deliver the renewal.';
