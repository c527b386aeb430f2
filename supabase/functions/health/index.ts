import { dataApi } from "../_shared/data_api.ts";
import { dataApiAddress } from "../_shared/doors/door_env.ts";
import { readEnv } from "../_shared/env.ts";
import { answering } from "../_shared/problem.ts";
import { routed } from "../_shared/routes.ts";
import { secretKey } from "../_shared/secret_key.ts";
import { tellHealth, tellMetrics, tellReport } from "./handler.ts";

const env = readEnv({ api: dataApiAddress });
const world = { call: dataApi(env.api), requireSecretKey: secretKey(env.api.key) };

export default {
  fetch: answering(routed({
    "GET /": tellHealth(world),
    "GET /metrics": tellMetrics(world),
    "GET /report": tellReport(world),
  })),
};
