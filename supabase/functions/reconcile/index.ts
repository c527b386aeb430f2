import { dataApi } from "../_shared/data_api.ts";
import { dataApiAddress } from "../_shared/doors/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { answering } from "../_shared/problem.ts";
import { routed } from "../_shared/routes.ts";
import { openDoor } from "../_shared/rpc.ts";
import { secretKey } from "../_shared/secret_key.ts";
import { fetching } from "../_shared/stripe/fetching.ts";
import { stripeApi } from "../_shared/stripe/stripe_api.ts";
import { connectAccounts, stripeAddress, stripeLivemode } from "../_shared/stripe/stripe_env.ts";
import { reconcile } from "./handler.ts";

const env = readEnv({
  api: dataApiAddress,
  livemode: stripeLivemode,
  accounts: connectAccounts,
  stripe: stripeAddress,
});

const ask = stripeApi(env.stripe);

export default {
  fetch: answering(routed({
    "POST /": reconcile({
      call: dataApi(env.api),
      door: openDoor({ kind: "api", ...env.api }),
      ask,
      fetchObject: fetching(ask, env.livemode),
      ours: { livemode: env.livemode, accounts: env.accounts },
    }, secretKey(env.api.key)),
  })),
};
