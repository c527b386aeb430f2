-- Alerts and retention are scheduled where the project has pg_cron, and run as the project's owner.
begin;
select plan(4);

create temporary table project as select to_regclass('cron.job') is not null as has_cron;

select is(sesame.schedule_upkeep(), has_cron, 'schedule_upkeep() says whether the project has pg_cron') from project;
select is(sesame.schedule_upkeep(), has_cron, 'schedule_upkeep() can be called twice') from project;

select case when not has_cron then skip('this project has no pg_cron', 2) else
  results_eq(
    $$ select string_agg(concat_ws(' ', jobname, schedule, username, database, active), ', ' order by jobname)
       from cron.job where jobname like 'sesame-%' $$,
    $$ select format('sesame-alerts */5 * * * * %1$s %2$s t, sesame-fold * * * * * %1$s %2$s t, sesame-purge 2-59/5 * * * * %1$s %2$s t', current_user, current_database()) $$,
    'each job is scheduled once')
  || E'\n' || lives_ok(
    $do$ do $$
      declare
        v_command text;
      begin
        for v_command in select command from cron.job where jobname like 'sesame-%' loop
          execute v_command;
        end loop;
      end $$ $do$,
    'the owner can run the command of each job')
end
from project;

select * from finish();
rollback;
