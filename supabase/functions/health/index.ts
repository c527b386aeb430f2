import { withCors } from "../_shared/cors.ts";
import { dataApi } from "../_shared/data_api.ts";
import { dataApiAddress } from "../_shared/doors/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { answering } from "../_shared/problem.ts";
import { routed } from "../_shared/routes.ts";
import { openDoor } from "../_shared/rpc.ts";
import { secretKey } from "../_shared/secret_key.ts";
import { alertHook, postingTo } from "./alert_hook.ts";
import { dismissAlert, listAlerts, refreshAlerts } from "./alerts.ts";
import { explain } from "./explain.ts";
import { fullReport, metrics, publicHealth } from "./handler.ts";
import { postingWebhooks } from "./post_webhook.ts";
import { replay } from "./replay.ts";
import { safeAddress } from "./safe_address.ts";
import { webhooks } from "./webhooks.ts";

const env = readEnv({ api: dataApiAddress, hook: alertHook });
const deps = {
  call: dataApi(env.api),
  door: openDoor({ kind: "api", ...env.api }),
  requireSecretKey: secretKey(env.api.key),
  post: env.hook === null ? null : postingTo(env.hook),
  postWebhook: postingWebhooks(safeAddress(env.api.url)),
};

export default {
  fetch: withCors(answering(routed({
    "GET /": publicHealth(deps),
    "GET /metrics": metrics(deps),
    "GET /report": fullReport(deps),
    "GET /alerts": listAlerts(deps),
    "POST /alerts": refreshAlerts(deps),
    "POST /dismiss": dismissAlert(deps),
    "POST /replay": replay(deps),
    "POST /explain": explain(deps),
    "POST /webhooks": webhooks(deps),
  }))),
};
