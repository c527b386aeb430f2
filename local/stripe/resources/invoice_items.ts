import type Stripe from "stripe";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { InvoiceItem } from "../objects.ts";
import { noSuch } from "../stripe_error.ts";
import { born, type Resource } from "../world.ts";

export const invoiceItems: Resource = {
  ...readable("invoiceitem", "/v1/invoiceitems"),

  "POST /v1/invoiceitems": ({ params }, world) => {
    const { customer = "", amount = 0, currency = "usd", metadata } =
      params as Stripe.InvoiceItemCreateParams;
    if (world.store.find("customer", customer) === null) {
      throw noSuch("customer", customer, "customer");
    }
    const item = world.store.put<InvoiceItem>({
      ...born("invoiceitem", "ii", world),
      amount,
      currency,
      customer,
      invoice: null,
      metadata: mergeMetadata({}, metadata),
    });
    world.announce("invoiceitem.created", item);
    return item;
  },
};
