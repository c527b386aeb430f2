import { inBackground } from "../_shared/background.ts";
import { postgresDoor } from "../_shared/doors/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { fetching } from "../_shared/stripe/fetching.ts";
import { writeLine } from "../_shared/log.ts";
import { answering } from "../_shared/problem.ts";
import { openDoor } from "../_shared/rpc.ts";
import { stripeApi } from "../_shared/stripe/stripe_api.ts";
import {
  connectAccounts,
  stripeAddress,
  stripeLivemode,
  webhookSecrets,
} from "../_shared/stripe/stripe_env.ts";
import { batching, type Deliver } from "./batch.ts";
import { enriching } from "./enrich.ts";
import { followed, following } from "./follow.ts";
import { stripeWebhook } from "./handler.ts";
import { verifying } from "./verify.ts";

const env = readEnv({
  secrets: webhookSecrets,
  livemode: stripeLivemode,
  accounts: connectAccounts,
  stripe: stripeAddress,
  door: postgresDoor,
});

const fetchObject = fetching(stripeApi(env.stripe), env.livemode);
// What is read after an answer goes the way of every event, through the same batches.
const follow = following({
  fetchObject,
  deliver: (event) => deliver(event),
  background: inBackground,
  write: writeLine,
});
const deliver: Deliver = batching(followed(openDoor(env.door), follow));

export default {
  fetch: answering(stripeWebhook({
    verify: verifying(env.secrets),
    enrich: enriching({ fetchObject, follow, write: writeLine }),
    deliver,
    ours: { livemode: env.livemode, accounts: env.accounts },
  })),
};
