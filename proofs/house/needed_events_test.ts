import assert from "node:assert/strict";
import { kindOf } from "../../supabase/functions/_shared/facts/kinds.ts";
import { API_VERSION } from "../../stripe/api_version.ts";
import {
  missingEvents,
  NEEDED_EVENTS,
  otherEvents,
  receivesOurEvents,
} from "../../stripe/needed_events.ts";

const OPERATIONS = new URL("../../docs/operations.md", import.meta.url);
const ALERTS = new URL(
  "../../supabase/migrations/20261121006520_refresh_alerts.sql",
  import.meta.url,
);

Deno.test("every needed event is a fact or an alert", async () => {
  const alerts = await Deno.readTextFile(ALERTS);
  const idle = NEEDED_EVENTS.filter((type) =>
    kindOf(type) === null && !alerts.includes(`type = '${type}'`)
  );
  assert.deepEqual(idle, []);
});

Deno.test("an endpoint for all events lacks no event", () => {
  assert.deepEqual(missingEvents(["*"]), []);
  assert.deepEqual(missingEvents(NEEDED_EVENTS), []);
  assert.deepEqual(missingEvents(["payout.paid"]), [...NEEDED_EVENTS]);
  assert.deepEqual(otherEvents(["payout.paid", ...NEEDED_EVENTS]), ["payout.paid"]);
});

Deno.test("invoice.payment_succeeded, which older guides ask for, is read and not superfluous", () => {
  assert.equal(kindOf("invoice.payment_succeeded"), kindOf("invoice.paid"));
  assert.deepEqual(otherEvents(["invoice.payment_succeeded", "invoice.paid"]), []);
  assert.deepEqual(missingEvents(NEEDED_EVENTS), []);
});

Deno.test("an endpoint gets our events by one of their types, or by all types", () => {
  for (const heard of ["*", "invoice.paid", "invoice.payment_succeeded"]) {
    assert.equal(receivesOurEvents(["payout.paid", heard]), true);
  }
  assert.equal(receivesOurEvents(["payout.paid"]), false);
});

Deno.test("docs/operations.md asks Stripe for the same version of them", async () => {
  const text = await Deno.readTextFile(OPERATIONS);
  assert.ok(text.includes(`-d "api_version=${API_VERSION}"`), API_VERSION);
});

Deno.test("docs/operations.md asks Stripe for the same events", async () => {
  const [, written = ""] =
    /enabled_events\[\]="(\{.+\})$/m.exec(await Deno.readTextFile(OPERATIONS)) ??
      [];
  assert.deepEqual(await expanded(written), [...NEEDED_EVENTS]);
});

/** Expands braces like bash, because the line is for bash. */
async function expanded(braces: string): Promise<string[]> {
  const bash = new Deno.Command("bash", { args: ["-c", `printf '%s\\n' ${braces}`] });
  return new TextDecoder().decode((await bash.output()).stdout).trim().split("\n");
}
