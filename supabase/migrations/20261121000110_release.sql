-- The version of Sesame in this database. An upgrade adds a row, so the rows are the history.

create table sesame.release (
  version text primary key,
  -- Two upgrades of one transaction are in their order too.
  applied_at timestamptz not null default clock_timestamp()
);

insert into sesame.release (version) values ('0.3.0-dev');

alter table sesame.release enable row level security;

comment on table sesame.release is
  'The versions of Sesame that this database has had. The newest row is its version. Private: no policy, written by '
  'the installation and by upgrades only.';
