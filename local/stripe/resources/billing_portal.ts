import type Stripe from "stripe";
import { born, type Resource } from "../world.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";

export const billingPortal: Resource = {
  "POST /v1/billing_portal/sessions": ({ params }, world) => {
    const { customer = "", return_url } = params as Stripe.BillingPortal.SessionCreateParams;
    if (customer === "") {
      throw invalidRequest("Missing required param: customer.", {
        code: "parameter_missing",
        param: "customer",
      });
    }
    const found = world.store.find("customer", customer);
    if (found === null || found.deleted) throw noSuch("customer", customer, "customer");
    const session = born("billing_portal.session", "bps", world);
    return world.store.put({
      ...session,
      customer,
      return_url: return_url ?? null,
      url: `${world.origin}/p/session/${session.id}`,
    });
  },
};
