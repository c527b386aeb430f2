-- Two rooms: `public` is the surface that frontends and functions call, `sesame` is private.

create schema sesame;

comment on schema sesame is
  'Private: what Stripe said (inbox, facts), what follows from it (grants), and the settings. '
  'Not exposed over HTTP; only the functions of schema public reach into it.';

-- Nothing is open because somebody forgot to close it: whatever the platform grants by default on
-- new objects is taken back here, and every grant is written out beside its object. Functions need
-- the form without `in schema`: execute is granted to PUBLIC globally, and only a global revoke
-- undoes that.
alter default privileges revoke execute on functions from public;

alter default privileges in schema public
  revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public
  revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public
  revoke all on functions from anon, authenticated, service_role;

grant usage on schema public to anon, authenticated, service_role;
