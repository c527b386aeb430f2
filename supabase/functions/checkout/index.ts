import { inBackground } from "../_shared/background.ts";
import { withCors } from "../_shared/cors.ts";
import { dataApi } from "../_shared/data_api.ts";
import { dataApiAddress } from "../_shared/doors/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { counting } from "../_shared/figures.ts";
import { timing } from "../_shared/latency.ts";
import { members } from "../_shared/members.ts";
import { answering } from "../_shared/problem.ts";
import { routed } from "../_shared/routes.ts";
import { openDoor } from "../_shared/rpc.ts";
import { stripeAddress, stripeLivemode } from "../_shared/stripe/stripe_env.ts";
import { openPortal } from "./portal.ts";
import { siteUrls } from "./return_url.ts";
import { eventApplier } from "./read_from_stripe.ts";
import { startCheckout } from "./start.ts";
import { sessionStatus } from "./status.ts";
import type { Deps, StripeClient } from "./deps.ts";

const env = readEnv({
  api: dataApiAddress,
  site: siteUrls,
  livemode: stripeLivemode,
  stripe: stripeAddress,
});

let stripeClient: Promise<StripeClient> | null = null;

const deps: Deps = {
  memberOf: members(env.api),
  site: env.site,
  livemode: env.livemode,
  call: dataApi(env.api),
  applyEvents: eventApplier(openDoor({ kind: "api", ...env.api })),
  stripeClient: () =>
    stripeClient ??= import("./stripe_client.ts").then(({ connectStripeClient }) =>
      connectStripeClient(env.stripe, env.livemode)
    ),
};

const timed = timing(counting({ call: deps.call, background: inBackground }));

export default {
  fetch: withCors(answering(routed({
    "POST /": timed("checkout", startCheckout(deps)),
    "POST /portal": timed("checkout/portal", openPortal(deps)),
    "GET /status": sessionStatus(deps),
    "POST /status": sessionStatus(deps),
  }))),
};
