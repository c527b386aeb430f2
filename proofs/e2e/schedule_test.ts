import assert from "node:assert/strict";
import { openModules, openStage } from "./stage.ts";
import { openReceiver } from "./webhook_receivers.ts";

const stage = await openStage();
const { stack, sql, ada } = stage;

/** Records the jobs for cron and the requests for pg_net, because neither extension runs here. */
async function openExtensions(): Promise<void> {
  await sql.unsafe(`
    create schema cron;
    create table cron.job (jobname text primary key, schedule text, command text);
    create function cron.schedule(job_name text, schedule text, command text) returns bigint
    language sql as $$
      insert into cron.job values (job_name, schedule, command)
      on conflict (jobname) do update set (schedule, command) = (excluded.schedule, excluded.command)
      returning 1
    $$;
    create schema net;
    create table net.sent (url text, headers jsonb, body jsonb);
    create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
      headers jsonb default '{}', timeout_milliseconds integer default 5000) returns bigint
    language sql as $$ insert into net.sent values (url, headers, body) returning 1 $$;
    create schema vault;
    create table vault.decrypted_secrets (name text primary key, decrypted_secret text);
  `);
}

async function schedule(): Promise<boolean> {
  const [row] = await sql`select sesame.schedule_reconcile() as is_scheduled`;
  return row?.is_scheduled;
}

Deno.test("without pg_cron, pg_net and the vault nothing is scheduled, and nothing fails", async () => {
  assert.equal(await schedule(), false);
});

Deno.test("with pg_cron, pg_net and the vault, cron sends a request that the function answers", async (t) => {
  await openExtensions();
  assert.deepEqual([await schedule(), await schedule()], [true, true]);
  const [job, ...others] = await sql`select * from cron.job`;
  assert.deepEqual([job?.jobname, job?.schedule, others], ["sesame-reconcile", "*/15 * * * *", []]);

  await t.step("without an address in the vault, the job says what to store there", async () => {
    await assert.rejects(sql.unsafe(job?.command), { code: "SE040", hint: /vault.create_secret/ });
  });

  await t.step("with the address the job begins a round", async () => {
    await sql`insert into vault.decrypted_secrets
      values ('sesame_url', ${stack.apiUrl}), ('sesame_key', ${stack.secretKey})`;
    await sql.unsafe(job?.command);
    const [{ url, headers, body } = {}] = await sql`select url, headers, body::text from net.sent`;
    const response = await fetch(url, { method: "POST", headers, body });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).next, null);
  });
});

Deno.test("a change of access calls the sender after its commit, once a second at most", async (t) => {
  await sql`delete from cron.job`;
  await sql`delete from net.sent`;
  await using crm = await openReceiver(stage);
  const give = (module: string) =>
    sql`select public.grant_module_access(${ada.id}, ${module}, 'olga', 'a gift')`;
  await give("llama");
  await give("whisper");
  const [{ url, headers, body } = {}, ...others] =
    await sql`select url, headers, body::text from net.sent`;
  assert.equal(others.length, 0);
  const response = await fetch(url, { method: "POST", headers, body });
  assert.deepEqual(await response.json(), { delivered: 2, failed: 0 });
  assert.deepEqual(crm.received.map(({ data }) => data.module), ["llama", "whisper"]);

  await t.step("the job of cron calls it only if a message is due", async () => {
    await sql`select sesame.schedule_webhooks(), sesame.schedule_webhooks()`;
    const [job, ...more] = await sql`select jobname, schedule, command from cron.job`;
    assert.deepEqual([job?.jobname, job?.schedule, more], ["sesame-webhooks", "* * * * *", []]);
    await sql`delete from net.sent`;
    await sql.unsafe(job?.command);
    assert.deepEqual([...await sql`select from net.sent`], []);
    await sql`update sesame.webhook_nudge set at = clock_timestamp()`;
    await give("stable-diffusion");
    await sql.unsafe(job?.command);
    assert.equal((await sql`select from net.sent`).length, 1);
  });

  await t.step("a sender that cannot be called undoes no change of access", async () => {
    await sql`update sesame.webhook_nudge set at = '-infinity'`;
    await sql`alter table net.sent add constraint broken check (false) not valid`;
    await give("playground");
    assert.equal((await openModules(ada)).length, 4);
    await sql`alter table net.sent drop constraint broken`;
  });
});

Deno.test("upkeep is scheduled once, and what cron runs keeps up with a busy day", async () => {
  await sql`delete from cron.job`;
  await sql`select sesame.schedule_upkeep(), sesame.schedule_upkeep()`;
  const jobs = await sql`select jobname, schedule, command from cron.job order by jobname`;
  assert.deepEqual(jobs.map(({ jobname, schedule }) => [jobname, schedule]), [
    ["sesame-alerts", "*/5 * * * *"],
    ["sesame-fold", "* * * * *"],
    ["sesame-purge", "2-59/5 * * * *"],
  ]);
  await sql`
    insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
    select 'evt_old_' || number, 'x', now(), now() - interval '91 days', false, '', 'applied', '{}'
    from generate_series(1, 50000) as number`;
  for (const { jobname, command } of jobs) {
    // A sixth of an hour, so the runs of a day empty 144 times as many.
    for (let run = 0; run < (jobname === "sesame-purge" ? 2 : 1); run++) {
      await sql.unsafe(command);
    }
  }
  const [left] = await sql`
    select count(*)::integer as left from sesame.stripe_events
    where payload <> '' and id like 'evt_old_%'`;
  assert.equal(left?.left, 0);
});
