import assert from "node:assert/strict";
import { examineProject, findingsOf, fixProject } from "../../cli/doctor/doctor.ts";
import type { Code } from "../../diagnosis/codes.ts";
import { inWords, planInWords, summaryInWords } from "../../cli/doctor/in_words.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import type { Project } from "../../cli/doctor/project.ts";
import { exitCode } from "../../cli/doctor/severity.ts";
import { checkoutSessionCompleted, newPurchase, NO_LINES } from "../../stripe/events.ts";
import { pastTheFold } from "./database_view.ts";
import { send } from "./delivery.ts";
import { environmentOf, openModules, openStage } from "./stage.ts";

const { stack, schema, sql, ada, moduleId } = await openStage();
/** Postgres leaves out the name of schema `public`. */
const OURS = schema === "public" ? "" : `${schema}.`;
const { store } = stack.stripe;

const ENVIRONMENT = environmentOf(stack);
const project = { ...await openProject((name) => ENVIRONMENT[name]), patience: 0 };

async function found(of: Project = project): Promise<string[]> {
  const examinations = await examineProject(of);
  assert.deepEqual(examinations.filter(({ blocked }) => blocked !== null), []);
  return findingsOf(examinations).map(({ code }) => code);
}

// A member who has paid, so that access can be lost.
const paid = checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId }), NO_LINES);
await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, paid);

Deno.test("a healthy project has no finding, and each check says so", async () => {
  assert.deepEqual(await found(), []);
  const lines = (await examineProject(project)).flatMap((examination) => inWords(examination));
  assert.ok(lines.every((line) => /^[✓·] /.test(line)), lines.join("\n"));
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
});

Deno.test("a right of a role that no migration names is found and revoked", async () => {
  await sql.unsafe(`
    create role "Old App";
    grant select on public.module_access to "Old App" with grant option`);
  const examinations = await examineProject(project);
  const [finding] = findingsOf(examinations);
  assert.equal(finding?.about, `Old App may select with grant option ${OURS}module_access`);
  await fixProject(project, examinations);
  assert.deepEqual(await found(), []);
});

Deno.test("a hundred differences are a few lines that name role and right, and all are fixed", async () => {
  await sql.unsafe(`
    grant execute on all functions in schema public to anon;
    revoke select on public.my_modules from authenticated;
    grant update (is_active) on public.module_access to authenticated;
    drop policy access_tokens_select_own on public.access_tokens;
    alter table public.module_access disable row level security`);
  const examinations = await examineProject(project);
  const lines = examinations.flatMap((examination) => inWords(examination)).join("\n");
  assert.match(lines, /anon may execute \d\d functions: \S+, \S+, \S+, and \d\d more\n/);
  assert.ok(lines.includes(`authenticated may update ${OURS}module_access.is_active\n`), lines);
  assert.ok(lines.includes(`authenticated may no longer select ${OURS}my_modules\n`), lines);
  assert.ok(lines.split("\n").length < 40, lines);
  assert.equal(findingsOf(examinations)[0]?.code, "rls_off");
  assert.ok((await fixProject(project, examinations)).length >= 38);
  assert.deepEqual(await found(), []);
});

/** How the database is broken, its code, and how it is restored; null: the doctor fixes it. */
const FAULTS: [name: string, breaking: string, code: Code, restoring: string | null][] = [
  [
    "a policy dropped",
    "drop policy module_access_select_own on public.module_access",
    "policy_missing",
    `create policy module_access_select_own on public.module_access for select to authenticated
     using (user_id = (select auth.uid()))`,
  ],
  [
    "a policy opened to all",
    "alter policy module_access_select_own on public.module_access using (true)",
    "policy_differs",
    "alter policy module_access_select_own on public.module_access using (user_id = (select auth.uid()))",
  ],
  [
    "a policy that no migration wrote",
    "create policy open on public.module_access for select to anon using (true)",
    "policy_unexpected",
    "drop policy open on public.module_access",
  ],
  [
    "row level security off",
    "alter table public.module_access disable row level security",
    "rls_off",
    "alter table public.module_access enable row level security",
  ],
  [
    "a grant missing",
    "revoke select on public.module_access from authenticated",
    "grant_differs",
    null,
  ],
  [
    "a grant too many",
    "grant insert on public.module_access to authenticated",
    "grant_differs",
    "revoke insert on public.module_access from authenticated",
  ],
  [
    "the RPC closed to the function",
    "revoke execute on function public.has_module_access(text) from authenticated",
    "grant_differs",
    "grant execute on function public.has_module_access(text) to authenticated",
  ],
  [
    "a table missing",
    "alter table sesame.uses rename to used",
    "table_missing",
    "alter table sesame.used rename to uses",
  ],
  [
    "a function of the database missing",
    "alter function sesame.verdict_of(text) rename to gone",
    "routine_missing",
    "alter function sesame.gone(text) rename to verdict_of",
  ],
  [
    "a trigger disabled",
    "alter table public.access_tokens disable trigger access_tokens_carry_inserted",
    "trigger_disabled",
    "alter table public.access_tokens enable trigger access_tokens_carry_inserted",
  ],
  [
    "an index missing",
    "alter index sesame.uses_module_id_idx rename to elsewhere",
    "index_differs",
    "alter index sesame.elsewhere rename to uses_module_id_idx",
  ],
  [
    "a migration without its row in the history",
    "delete from supabase_migrations.schema_migrations where version = '20261121006510'",
    "migration_unrecorded",
    null,
  ],
  [
    "an access without a payment",
    pastTheFold(
      `insert into public.module_access (user_id, module_id, access_type, is_active, metadata)
    values (gen_random_uuid(), 1, 'purchase', true, '{"source_id": "cs_invented"}')`,
    ),
    "access_unpaid",
    null,
  ],
  [
    "an access taken by hand",
    pastTheFold("update public.module_access set is_active = false"),
    "access_missing",
    null,
  ],
  [
    "grants written by hand",
    "update sesame.grants set reason = 'refunded', reason_after = 'refunded', expires_at = null",
    "grants_stale",
    null,
  ],
  [
    "a token with an owner who has no account",
    `insert into public.access_tokens (user_ref, module_id) values ('zoe@example.com', 1)`,
    "token_waits",
    "delete from public.access_tokens",
  ],
];

for (const [name, breaking, code, restoring] of FAULTS) {
  Deno.test(`${name}: found first${restoring === null ? ", and fixed" : ""}`, async () => {
    await sql.unsafe(breaking);
    const examinations = await examineProject(project);
    assert.equal(findingsOf(examinations)[0]?.code, code);
    if (restoring === null) assert.ok((await fixProject(project, examinations)).length > 0);
    else await sql.unsafe(restoring);
    assert.deepEqual(await found(), []);
    assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
  });
}

const endpoint = () => store.all("webhook_endpoint")[0]!;

/** How Stripe's endpoint is broken, and its code; the doctor fixes it. */
const AT_STRIPE: [name: string, breaking: () => void, code: Code][] = [
  ["the endpoint disabled", () => endpoint().status = "disabled", "endpoint_disabled"],
  [
    "the endpoint at another address",
    () => endpoint().url = "https://old.example.com/functions/v1/stripe-webhook",
    "endpoint_wrong_url",
  ],
  [
    "an event that is needed not listened to",
    () =>
      endpoint().enabled_events = endpoint().enabled_events.filter((type) =>
        type !== "refund.created"
      ),
    "event_types_missing",
  ],
];

for (const [name, breaking, code] of AT_STRIPE) {
  Deno.test(`${name}: found first, and fixed`, async () => {
    breaking();
    const examinations = await examineProject(project);
    assert.equal(findingsOf(examinations)[0]?.code, code);
    await fixProject(project, examinations);
    assert.deepEqual(await found(), []);
  });
}

Deno.test("an endpoint shared with another purpose keeps its events", async () => {
  const needed = endpoint().enabled_events;
  const radar = "radar.early_fraud_warning.created";
  endpoint().enabled_events = ["payout.paid", ...needed.filter((type) => type !== radar)];
  const examinations = await examineProject(project);
  assert.deepEqual(findingsOf(examinations).map(({ code, about }) => [code, about]), [
    ["event_types_missing", `${endpoint().id}: ${radar}`],
    ["event_types_superfluous", `${endpoint().id}: payout.paid`],
  ]);
  await fixProject(project, examinations);
  assert.deepEqual(endpoint().enabled_events.toSorted(), ["payout.paid", ...needed].toSorted());

  const after = await examineProject(project);
  assert.deepEqual(findingsOf(after).map(({ code }) => code), ["event_types_superfluous"]);
  assert.equal(exitCode(after), 0, "a note alone exits with 0");
  assert.equal(summaryInWords(after), "Nothing was found.");
  assert.match(planInWords(after).join(), /nothing that --fix can fix/);
  endpoint().enabled_events = needed;
  assert.deepEqual(await found(), []);
});

Deno.test("an endpoint that listens to everything is not narrowed", async () => {
  const needed = endpoint().enabled_events;
  endpoint().enabled_events = ["*"];
  endpoint().status = "disabled";
  const examinations = await examineProject(project);
  assert.equal(findingsOf(examinations)[0]?.code, "endpoint_disabled");
  await fixProject(project, examinations);
  assert.deepEqual([endpoint().status, endpoint().enabled_events], ["enabled", ["*"]]);
  endpoint().enabled_events = needed;
});

Deno.test("an event that never arrived is found, and fetched by --fix", async () => {
  const bought = newPurchase({ userId: ada.id, moduleId: "whisper" });
  // deno-lint-ignore no-explicit-any -- as the stand-in keeps it
  store.put({ ...checkoutSessionCompleted(bought, NO_LINES), pending_webhooks: 1 } as any);
  const examinations = await examineProject(project);
  assert.equal(findingsOf(examinations)[0]?.code, "event_never_arrived");
  await fixProject(project, examinations);
  assert.deepEqual(await found(), []);
  assert.deepEqual(await openModules(ada), ["stable-diffusion", "whisper"]);
});

Deno.test("another secret and a key of the other mode are two different codes", async () => {
  assert.deepEqual(await found({ ...project, webhookSecret: "whsec_other" }), ["secret_differs"]);
  const live = { ...project, stripe: { ...project.stripe!, livemode: true } };
  assert.deepEqual(await found(live), ["mode_differs"]);
});

Deno.test("a sale of an unknown module is found, and the printed command adds the module", async () => {
  const unmapped = newPurchase({ userId: ada.id, moduleId: "no-such-module" });
  await send(
    `${stack.functionsUrl}/stripe-webhook`,
    stack.webhookSecret,
    checkoutSessionCompleted(unmapped, NO_LINES),
  );
  assert.deepEqual(await found(), ["module_unknown"]);
  const lines = (await examineProject(project)).flatMap((examination) => inWords(examination));
  const [command = ""] = lines.filter((line) => line.startsWith("      $ insert into"));
  await sql.unsafe(command.slice(8));
  assert.deepEqual(await found(), []);
});
