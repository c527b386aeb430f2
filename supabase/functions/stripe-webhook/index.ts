import { postgresDoor } from "../_shared/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { answering } from "../_shared/problem.ts";
import { openDoor } from "../_shared/rpc.ts";
import { connectAccounts, stripeLivemode, webhookSecrets } from "../_shared/stripe_env.ts";
import { batching } from "./batch.ts";
import { stripeWebhook } from "./handler.ts";
import { verifying } from "./verify.ts";

const env = readEnv({
  secrets: webhookSecrets,
  livemode: stripeLivemode,
  accounts: connectAccounts,
  door: postgresDoor,
});

export default {
  fetch: answering(stripeWebhook({
    verify: verifying(env.secrets),
    deliver: batching(openDoor(env.door)),
    ours: { livemode: env.livemode, accounts: env.accounts },
  })),
};
