import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { takeEvents, tell } from "./stories.ts";

for (const story of ["mix", "checkout", "updated", "invoice"] as const) {
  Deno.test(`tell(${story}) repeats no event id`, () => {
    const events = takeEvents(tell(story), 1_000);
    strictEqual(new Set(events.map(({ id }) => id)).size, 1_000);
  });
}

Deno.test("tell(mix) has bodies as large as Stripe's own: 2 to 10 KB", () => {
  const sizes = takeEvents(tell("mix"), 200).map((event) => JSON.stringify(event, null, 2).length);
  ok(Math.min(...sizes) > 2_000, `smallest ${Math.min(...sizes)}`);
  ok(Math.max(...sizes) < 10_000, `largest ${Math.max(...sizes)}`);
});

Deno.test("tell(mix) tells purchases and subscriptions", () => {
  const types = new Set(takeEvents(tell("mix"), 200).map(({ type }) => type));
  deepStrictEqual([...types].sort(), [
    "charge.succeeded",
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "invoice.paid",
    "payment_intent.succeeded",
  ]);
});
