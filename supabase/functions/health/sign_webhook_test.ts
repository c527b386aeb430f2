import assert from "node:assert/strict";
import { signedHeaders } from "./sign_webhook.ts";

// The example of the specification of Standard Webhooks.
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY = '{"test": 2432232314}';
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

Deno.test("a message is signed as in the example of the specification", async () => {
  assert.deepEqual(await signedHeaders(ID, BODY, [SECRET], 1_614_265_330_999), {
    "content-type": "application/json",
    "webhook-id": ID,
    "webhook-timestamp": "1614265330",
    "webhook-signature": SIGNATURE,
  });
});

Deno.test("while a secret is rotated, both secrets sign", async () => {
  const other = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
  const headers = await signedHeaders(ID, BODY, [other, SECRET], 1_614_265_330_000);
  const [first, second] = headers["webhook-signature"]?.split(" ") ?? [];
  assert.match(first ?? "", /^v1,[A-Za-z0-9+/]{43}=$/);
  assert.equal(second, SIGNATURE);
});
