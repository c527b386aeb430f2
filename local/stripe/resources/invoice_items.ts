import type Stripe from "stripe";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { InvoiceItem } from "../objects.ts";
import { noSuch } from "../stripe_error.ts";
import { newObject, type Resource } from "../deps.ts";

export const invoiceItems: Resource = {
  ...readable("invoiceitem", "/v1/invoiceitems"),

  "POST /v1/invoiceitems": ({ params }, deps) => {
    const { customer = "", amount = 0, currency = "usd", metadata } =
      params as Stripe.InvoiceItemCreateParams;
    if (deps.store.find("customer", customer) === null) {
      throw noSuch("customer", customer, "customer");
    }
    const item = deps.store.put<InvoiceItem>({
      ...newObject("invoiceitem", "ii", deps),
      amount,
      currency,
      customer,
      invoice: null,
      metadata: mergeMetadata({}, metadata),
    });
    deps.announce("invoiceitem.created", item);
    return item;
  },
};
