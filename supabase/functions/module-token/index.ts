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
import { holdsSecretKey } from "../_shared/secret_key.ts";
import { check } from "./check.ts";
import { jwks } from "./jwks.ts";
import { keyRing } from "./key_ring.ts";
import { moduleTokenKeys } from "./key_set.ts";
import { legacySigner } from "./legacy_secret.ts";
import { mint } from "./mint.ts";
import { issuerOf } from "./module_token.ts";
import { askRights } from "./rights.ts";

const env = readEnv({ api: dataApiAddress, keys: moduleTokenKeys });

const ring = await keyRing(env.keys);
const issuer = issuerOf(env.api.url);
const call = dataApi(env.api);
const rights = askRights(call);
const timed = timing(counting({ call, background: inBackground }));

export default {
  fetch: withCors(answering(routed({
    "POST /": timed(
      "module-token",
      mint({
        memberOf: members(env.api),
        hasSecretKey: holdsSecretKey(env.api.key),
        rights,
        signer: ring.signer,
        signLegacy: await legacySigner((name) => Deno.env.get(name)),
        issuer,
      }),
    ),
    "POST /verify": timed("module-token/verify", check({ ring, issuer, rights })),
    "GET /jwks": await jwks(ring),
  }))),
};
