import { jsonBody } from "../_shared/json_body.ts";
import type { Handler } from "../_shared/problem.ts";
import { sell } from "./sell.ts";
import { readPurchaseRequest } from "./purchase_request.ts";
import type { Deps } from "./deps.ts";

/** Starts a purchase: answers with the address or the secret of the payment page. */
export function startCheckout(deps: Deps): Handler {
  return async (request) => {
    const member = await deps.memberOf(request);
    const wanted = readPurchaseRequest(await jsonBody(request), deps.site);
    return Response.json(await sell({ deps, member, wanted }));
  };
}
