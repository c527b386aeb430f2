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
import { siteUrl } from "./return_url.ts";
import { telling } from "./seeing.ts";
import { startCheckout } from "./start.ts";
import { sessionStatus } from "./status.ts";
import type { AtStripe, World } from "./world.ts";

const env = readEnv({
  api: dataApiAddress,
  site: siteUrl,
  livemode: stripeLivemode,
  stripe: stripeAddress,
});

let atStripe: Promise<AtStripe> | null = null;

const world: World = {
  whoIs: members(env.api),
  site: env.site,
  livemode: env.livemode,
  call: dataApi(env.api),
  tell: telling(openDoor({ kind: "api", ...env.api })),
  atStripe: () =>
    atStripe ??= import("./at_stripe.ts").then(({ connectAtStripe }) =>
      connectAtStripe(env.stripe, env.livemode)
    ),
};

const timed = timing(counting({ call: world.call, background: inBackground }));

export default {
  fetch: withCors(answering(routed({
    "POST /": timed("checkout", startCheckout(world)),
    "POST /portal": timed("checkout/portal", openPortal(world)),
    "GET /status": sessionStatus(world),
    "POST /status": sessionStatus(world),
  }))),
};
