import type Stripe from "stripe";
import { newObject, type Resource } from "../deps.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";

export const billingPortal: Resource = {
  "POST /v1/billing_portal/sessions": ({ params }, deps) => {
    const { customer = "", return_url } = params as Stripe.BillingPortal.SessionCreateParams;
    if (customer === "") {
      throw invalidRequest("Missing required param: customer.", {
        code: "parameter_missing",
        param: "customer",
      });
    }
    const found = deps.store.find("customer", customer);
    if (found === null || found.deleted) throw noSuch("customer", customer, "customer");
    const session = newObject("billing_portal.session", "bps", deps);
    return deps.store.put({
      ...session,
      customer,
      return_url: return_url ?? null,
      url: `${deps.origin}/p/session/${session.id}`,
    });
  },
};
