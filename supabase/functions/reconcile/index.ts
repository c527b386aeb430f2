import { dataApi } from "../_shared/data_api.ts";
import { dataApiAddress } from "../_shared/doors/door_env.ts";
import { toJsonArray } from "../_shared/doors/wire.ts";
import { readEnv } from "../_shared/env.ts";
import { answering } from "../_shared/problem.ts";
import { routed } from "../_shared/routes.ts";
import { checking } from "../_shared/rpc.ts";
import { secretKey } from "../_shared/secret_key.ts";
import { fetching } from "../_shared/stripe/fetching.ts";
import { stripeApi } from "../_shared/stripe/stripe_api.ts";
import { connectAccounts, stripeAddress, stripeLivemode } from "../_shared/stripe/stripe_env.ts";
import { changes } from "./changes.ts";
import { reconcile } from "./handler.ts";

/** Milliseconds one page of a hundred may take. No buyer waits for it. */
const PAGE_LIMIT = 15_000;

const env = readEnv({
  api: dataApiAddress,
  livemode: stripeLivemode,
  accounts: connectAccounts,
  stripe: stripeAddress,
});

const ask = stripeApi(env.stripe, PAGE_LIMIT);
const call = dataApi(env.api);
const requireSecretKey = secretKey(env.api.key);

export default {
  fetch: answering(routed({
    "POST /": reconcile({
      call,
      doorOf: (run) =>
        checking((events) =>
          call("sesame_reconcile_events", `{"run":"${run}","events":${toJsonArray(events)}}`)
        ),
      ask,
      fetchObject: fetching(ask, env.livemode),
      ours: { livemode: env.livemode, accounts: env.accounts },
    }, requireSecretKey),
    "POST /changes": changes(call, requireSecretKey),
  })),
};
