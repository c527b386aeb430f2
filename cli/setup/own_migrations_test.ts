import assert from "node:assert/strict";
import { compareHistory, type OwnMigrations, ownMigrationsStep } from "./own_migrations.ts";

const APP = "20250101000000_app.sql";
const OURS = "20260101000000_sesame_0.1.0.sql";
const LATER = "20260301000000_later.sql";

const row = (local: string, remote = local) => ({
  local: local.slice(0, 14),
  remote: remote.slice(0, 14),
});

/** The refusal of the step; null: it would push; undefined: nothing has to be done. */
function refusalOf(plan: Partial<OwnMigrations>, mayPush = false): string | null | undefined {
  const whole = { pending: [], late: [], unknown: [], rehearsed: null, ...plan };
  const { act, refusal } = ownMigrationsStep(whole, mayPush, () => Promise.resolve());
  return act === undefined ? undefined : refusal ?? null;
}

Deno.test("the history and the files are compared by version", () => {
  assert.deepEqual(compareHistory([row(APP), row(OURS, "")], [APP, OURS]), {
    pending: [OURS],
    late: [],
    unknown: [],
  });
  assert.deepEqual(compareHistory([row(APP, ""), row(OURS, ""), row(LATER)], [APP, OURS, LATER]), {
    pending: [APP, OURS],
    late: [APP],
    unknown: [],
  });
  assert.deepEqual(compareHistory([row("", APP)], []).unknown, ["20250101000000"]);
});

Deno.test("only Sesame's migration is pushed without a word from the user", () => {
  assert.equal(refusalOf({ pending: [OURS] }), null);
  assert.match(
    refusalOf({ pending: [APP, OURS] }) ?? "",
    /not pushed yet: 20250101000000_app\.sql/,
  );
  assert.equal(refusalOf({ pending: [APP, OURS] }, true), null);
  assert.equal(refusalOf({ pending: [] }), undefined);
});

Deno.test("what a push could harm is refused, with --push too", () => {
  for (
    const [plan, why] of [
      [{ pending: [APP], late: [APP] }, /^Older than the last one/],
      [{ unknown: ["20240101000000"] }, /Do not mark them as reverted/],
      [{ pending: [OURS], rehearsed: { kind: "refused", why: "- a table" } }, /^- a table$/],
      [{ pending: [OURS], rehearsed: { kind: "added", by: "1_sesame_0.1.0" } }, /by 1_sesame_0\.1/],
    ] as const
  ) {
    const given = structuredClone(plan) as unknown as Partial<OwnMigrations>;
    assert.match(refusalOf(given, true) ?? "", why);
  }
});
