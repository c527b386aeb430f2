import { inBackground } from "../_shared/background.ts";
import { dataApi } from "../_shared/data_api.ts";
import { figuresAddress, postgresDoor } from "../_shared/doors/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { counting } from "../_shared/figures.ts";
import { fetching } from "../_shared/stripe/fetching.ts";
import { timing } from "../_shared/latency.ts";
import { writeLine } from "../_shared/log.ts";
import { answering, Unavailable } from "../_shared/problem.ts";
import { openDoor } from "../_shared/rpc.ts";
import { stripeApi } from "../_shared/stripe/stripe_api.ts";
import {
  connectAccounts,
  stripeAddress,
  stripeLivemode,
  webhookSecrets,
} from "../_shared/stripe/stripe_env.ts";
import { batching, type Deliver } from "./batch.ts";
import { counted } from "./counted.ts";
import { diagnosing } from "./diagnose.ts";
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
  figures: figuresAddress,
});

const fetchObject = fetching(stripeApi(env.stripe), env.livemode);
// Objects that are read after an answer go through the same batches as events.
const follow = following({
  fetchObject,
  deliver: (event) => deliver(event),
  background: inBackground,
  write: writeLine,
});
const deliver: Deliver = batching(followed(openDoor(env.door), follow));

const count = counting({
  call: env.figures === null
    ? () => Promise.reject(new Unavailable("no_data_api"))
    : dataApi(env.figures),
  background: inBackground,
});

const take = stripeWebhook({
  verify: verifying(env.secrets),
  diagnosing: diagnosing(env),
  enrich: enriching({ fetchObject, follow, write: writeLine }),
  deliver,
  ours: { livemode: env.livemode, accounts: env.accounts },
});

export default {
  fetch: answering(counted(timing(count)("stripe-webhook", take), count)),
};
