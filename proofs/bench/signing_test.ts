import { doesNotReject, rejects } from "node:assert/strict";
import Stripe from "stripe";
import { signatureOf } from "./signing.ts";

Deno.test("signatureOf() makes a header that stripe's own verifier accepts", async () => {
  const body = JSON.stringify({ id: "evt_1", object: "event", name: "é" });
  const verify = (header: string) =>
    Stripe.webhooks.constructEventAsync(body, header, "whsec_bench");
  await doesNotReject(verify(signatureOf(body, "whsec_bench")));
  await rejects(verify(signatureOf(`${body} `, "whsec_bench")));
});
