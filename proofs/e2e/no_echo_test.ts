import assert from "node:assert/strict";
import { checkoutSessionCompleted, deliver, newPurchase } from "../../stripe/events.ts";
import { accessOf, inboxOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

const SECRET = "secret-text";

/** Makes Postgres refuse every row of this table with its own error text. */
async function breakTable(table: string): Promise<AsyncDisposable> {
  await sql.unsafe(`
    create function pg_temp_refuse() returns trigger language plpgsql as
      $$ begin raise exception '${SECRET}' using detail = '${SECRET}', hint = '${SECRET}'; end $$;
    create trigger refuse before insert on ${table}
      for each row execute function pg_temp_refuse();`);
  return {
    [Symbol.asyncDispose]: async () =>
      void await sql.unsafe(`drop function if exists pg_temp_refuse() cascade`),
  };
}

const KEPT = { answers: ["500 event_failed"], rows: [["failed", "P0001"]] };
const BREAKS = {
  "sesame.checkout_sessions": KEPT,
  "public.module_access": KEPT,
  // lite hides the code of some errors, so the door treats them as temporary.
  "sesame.stripe_events": { answers: ["500 internal", "503 unavailable"], rows: [] },
};

for (const door of DOORS) {
  for (const [table, { answers, rows }] of Object.entries(BREAKS)) {
    Deno.test(`an error of ${table} reaches neither the caller (${door} door) nor the log, and a retry succeeds`, async () => {
      await using webhook = await bootWebhook(stage, { door });
      const userId = crypto.randomUUID();
      const event = checkoutSessionCompleted(newPurchase({ userId, moduleId }));
      {
        await using _broken = await breakTable(table);
        const response = await deliver(webhook.endpoint, stack.webhookSecret, event);
        const text = await response.text();
        const { status, code } = JSON.parse(text);
        assert.ok(answers.includes(`${status} ${code}`), text);
        const printed = [text, ...response.headers.values(), ...webhook.log].join("\n");
        for (const inner of [SECRET, table, "module_access", "plpgsql", userId]) {
          assert.ok(!printed.includes(inner), printed);
        }
        const stored = await inboxOf(sql, event.id);
        assert.deepEqual(stored.map(({ outcome, detail }) => [outcome, detail]), rows);
        assert.deepEqual(await accessOf(sql, userId), []);
      }
      assert.equal(await send(webhook.endpoint, stack.webhookSecret, event), "200 applied");
      assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
    });
  }
}
