import { row } from "../_shared/data_api.ts";
import type { JsonObject } from "../_shared/facts/json.ts";
import { jsonBody } from "../_shared/json_body.ts";
import { type Handler, Refusal } from "../_shared/problem.ts";
import { refuseUnknownFields } from "./known_fields.ts";
import { returnUrl } from "./return_url.ts";
import type { Deps } from "./deps.ts";

/** Opens Stripe's Billing Portal for a member: their card, their invoices, canceling a subscription. */
export function openPortal(deps: Deps): Handler {
  return async (request) => {
    const member = await deps.memberOf(request);
    const body = await bodyOf(request);
    refuseUnknownFields(body, ["return_url"]);
    const page = returnUrl(body.return_url, deps.site);
    const { customer_id } = await row<{ customer_id: string | null }>(
      deps.call,
      "sesame_stripe_customer",
      { user_id: member.id, livemode: deps.livemode },
    );
    if (customer_id === null) throw new Refusal("no_customer");

    const { shop, readFromStripe } = await deps.stripeClient();
    const url = await shop.openPortal(customer_id, page);
    if (url !== "no_customer") return Response.json({ url });
    await deps.applyEvents(await readFromStripe(customer_id));
    throw new Refusal("no_customer");
  };
}

/** Every field has a default, so the body may be left out. */
async function bodyOf(request: Request): Promise<JsonObject> {
  return request.headers.has("content-type") ? await jsonBody(request) : {};
}
