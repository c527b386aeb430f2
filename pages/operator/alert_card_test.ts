import assert from "node:assert/strict";
import { actionsFor } from "./alert_card.ts";

Deno.test("a failed or waiting event can be replayed, an id of Stripe explained, and every alert dismissed", () => {
  for (
    const [kind, about, actions] of [
      ["event_failed", "evt_1", ["replay", "explain", "dismiss"]],
      ["event_failed", "fetch_sub_1_1_0a", ["replay", "explain", "dismiss"]],
      ["event_waiting", "evt_1", ["replay", "explain", "dismiss"]],
      ["buyer_unknown", "cs_1", ["explain", "dismiss"]],
      ["price_unmapped", "price_1", ["dismiss"]],
      ["webhook_silent", "stripe-webhook", ["dismiss"]],
    ] as const
  ) {
    assert.deepEqual(actionsFor({ kind, about }), actions, kind);
  }
});
