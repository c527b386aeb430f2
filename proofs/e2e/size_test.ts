/**
 * A large database behind the Data API, where a call ends after eight seconds. The doctor finds and fixes
 * everything in short calls, beside live deliveries, and also after it was killed.
 */

import assert from "node:assert/strict";
import postgres from "postgres";
import { say } from "../../local/terminal.ts";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { Refusal } from "../../supabase/functions/_shared/problem.ts";
import { restore } from "../bench/filling.ts";
import { examineProject, findingsOf, fixProject } from "../../cli/doctor/doctor.ts";
import { check as inbox } from "../../cli/doctor/checks/inbox.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import type { Project } from "../../cli/doctor/project.ts";
import { checkoutSessionCompleted, newPurchase, NO_LINES } from "../../stripe/events.ts";
import { assertFolded, pastTheFold } from "./database_view.ts";
import { send, tally } from "./delivery.ts";
import { environmentOf, openStage } from "./stage.ts";

/** How many members have bought something. */
const ROWS = Number(Deno.env.get("ROWS") ?? 3_000);

const { stack, moduleId } = await openStage();

/** The connection of the test itself, with plans that need no statistics. */
const sql = postgres(stack.adminUrl, {
  max: 1,
  onnotice: () => {},
  connection: { enable_seqscan: "off", jit: "off" },
});
Deno.test.afterAll(() => sql.end());

const ENVIRONMENT = environmentOf(stack);

/** Calls, how many were cut off, and how long the longest took, in milliseconds. */
const calls = { number: 0, cancelled: 0, longest: 0, name: "" };

/** Postgres' code for a call that took longer than its role may. */
const QUERY_CANCELED = "57014";

const known = await openProject((name) => ENVIRONMENT[name]);
const project: Project = {
  ...known,
  async call(name, args, signal) {
    const begun = performance.now();
    try {
      return await known.call(name, args, signal);
    } catch (error) {
      if (error instanceof Refusal && error.more.reason === QUERY_CANCELED) calls.cancelled++;
      throw error;
    } finally {
      const took = Math.round(performance.now() - begun);
      calls.number++;
      if (took > calls.longest) Object.assign(calls, { longest: took, name: `${name} ${args}` });
    }
  },
};

// As a restore leaves it, without statistics. Over the Data API a call has eight seconds, as hosted.
await sql`alter system set autovacuum = off`;
await sql`select pg_reload_conf()`;
await sql`update sesame.settings set verified_email_claims = true`;
await restore(stack.adminUrl, ROWS);

/** The doctor's findings about access and grants, with their numbers, in words and by name. */
async function troubles(): Promise<Record<string, number>> {
  const examinations = await examineProject(project, [inbox]);
  assert.deepEqual(examinations.map(({ blocked }) => blocked), [null]);
  return Object.fromEntries(
    findingsOf(examinations).map(({ code, each }) => [code, each?.length ?? 1]),
  );
}

/** Grants and access of every third member are written by hand, past the fold. */
async function breakByHand(): Promise<void> {
  await sql`
    update sesame.grants set (reason, reason_after, expires_at) = ('canceled', 'canceled', null)
    where right(source_id, 1) in ('1', '4', '7')`;
  await sql.unsafe(pastTheFold(`
    update public.module_access set is_active = false, expires_at = null
    where metadata ->> 'source_id' ~ '[258]$' and is_active`));
}

/** The same findings in one query without a time limit. */
async function parted(): Promise<Record<string, number>> {
  const rows = await sql<{ code: string; number: number }[]>`
    select 'grants_stale' as code, count(distinct (source, source_id))::int as number
    from (
      (table sesame.grants except table sesame.derived_grants)
      union (table sesame.derived_grants except table sesame.grants)
    ) as parted
    union all
    select code, count(*)::int from sesame.drifted_access group by 1`;
  return Object.fromEntries(rows.map(({ code, number }) => [code, number]));
}

Deno.test(`given ${ROWS} members and no problem, nothing is found`, async () => {
  assert.deepEqual(await troubles(), {});
});

Deno.test(`given ${ROWS} members and two thirds of them broken by hand, all are found and fixed`, async () => {
  await breakByHand();
  assert.deepEqual(await troubles(), await parted());
  await fixProject(project, await examineProject(project, [inbox]));
  assert.deepEqual(await troubles(), {});
  await assertFolded(sql);
});

Deno.test("deliveries while everything is fixed: each gets 200, none is lost, none is reported", async () => {
  await breakByHand();
  const endpoint = `${stack.functionsUrl}/stripe-webhook`;
  const answers: string[] = [];
  let longest = 0;
  let isOver = false;
  const deliver = async () => {
    while (!isOver) {
      const userId = crypto.randomUUID();
      const event = checkoutSessionCompleted(newPurchase({ userId, moduleId }), NO_LINES);
      const begun = performance.now();
      answers.push(await send(endpoint, stack.webhookSecret, event));
      longest = Math.max(longest, Math.round(performance.now() - begun));
    }
  };
  const delivering = Promise.all([deliver(), deliver(), deliver(), deliver()]);
  await fixProject(project, await examineProject(project, [inbox]));
  isOver = true;
  await delivering;
  assert.deepEqual(tally(answers), { "200 applied": answers.length });
  // None of these users has an account, and that is the only finding.
  assert.deepEqual(await troubles(), { user_unknown: answers.length });
  await assertFolded(sql);
  say(`of ${answers.length} deliveries beside it the longest took ${longest} ms`);
});

Deno.test("after the doctor was killed twice during --fix, the third run does the rest", async () => {
  await breakByHand();
  const wrong = Object.values(await parted()).reduce((sum, number) => sum + number, 0);
  for (let time = 0; time < 2; time++) {
    const fixed = await countFixed();
    const doctor = startDoctor();
    while (await countFixed() === fixed) await delay(5);
    doctor.kill("SIGKILL");
    await doctor.status;
  }
  const left = Object.values(await parted()).reduce((sum, number) => sum + number, 0);
  assert.ok(left > 0 && left < wrong, `${left} of ${wrong} are left`);
  assert.notEqual((await startDoctor().status).code, 3);
  const { user_unknown: _, ...found } = await troubles();
  assert.deepEqual(found, {});
  await assertFolded(sql);
});

async function countFixed(): Promise<number> {
  const [row] = await sql`
    select count(*)::int as number from sesame.access_log where cause like 'operator: doctor%'`;
  return row?.number;
}

Deno.test("a customer has more waiting purchases for one address than a part holds", async () => {
  const many = Math.min(ROWS, 10_000);
  await sql`update sesame.settings set verified_email_claims = true`;
  await sql`set session_replication_role = replica`;
  await sql`
    insert into sesame.checkout_sessions
      (livemode, account, id, mode, status, payment_status, async_failed, amount_total,
       has_optional_items, paid_at, module_ref, module_ref_at, price_ids, price_ids_are_final, email)
    select false, '', 'cs_many_' || n, 'payment', 'complete', 'paid', false, 2900, false, now(), 'whisper', now(),
      '{}', true, 'many@example.com'
    from generate_series(1, ${many}) as n`;
  await sql`
    insert into auth.users (id, email, email_confirmed_at)
    values ('aaaaaaaa-0000-4000-8000-000000000001', 'many@example.com', now())`;
  await sql`set session_replication_role = default`;
  await fixProject(project, await examineProject(project, [inbox]));
  const [row] = await sql`
    select count(*)::int as number from sesame.grants where user_id = 'aaaaaaaa-0000-4000-8000-000000000001'`;
  assert.equal(row?.number, many);
  await assertFolded(sql);
  const { user_unknown: _, ...wrong } = await troubles();
  assert.deepEqual(wrong, {});
});

Deno.test("every call fits into eight seconds", () => {
  say(`${calls.number} calls, the longest ${calls.longest} ms: ${calls.name}`);
  assert.equal(calls.cancelled, 0);
});

function startDoctor(): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/doctor/main.ts", "--fix", "--yes"],
    env: ENVIRONMENT,
    stdout: "null",
    stderr: "null",
  }).spawn();
}
