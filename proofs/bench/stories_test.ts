import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { storyEvents, takeEvents } from "./stories.ts";

for (const story of ["mix", "checkout", "updated", "invoice"] as const) {
  Deno.test(`storyEvents(${story}) repeats no event id`, () => {
    const events = takeEvents(storyEvents(story), 1_000);
    strictEqual(new Set(events.map(({ id }) => id)).size, 1_000);
  });
}

Deno.test("storyEvents(mix) has bodies as large as Stripe's own: 2 to 10 KB", () => {
  const sizes = takeEvents(storyEvents("mix"), 200).map((event) =>
    JSON.stringify(event, null, 2).length
  );
  ok(Math.min(...sizes) > 2_000, `smallest ${Math.min(...sizes)}`);
  ok(Math.max(...sizes) < 10_000, `largest ${Math.max(...sizes)}`);
});

Deno.test("storyEvents(mix) has purchases and subscriptions", () => {
  const types = new Set(takeEvents(storyEvents("mix"), 200).map(({ type }) => type));
  deepStrictEqual([...types].sort(), [
    "charge.succeeded",
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "invoice.paid",
    "payment_intent.succeeded",
  ]);
});
