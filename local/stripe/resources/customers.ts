import type Stripe from "stripe";
import type { Customer } from "../objects.ts";
import { existing, readable } from "../listing.ts";
import { paymentMethodOf } from "../payment_methods.ts";
import { type Call, newObject, type Resource, type StripeDeps } from "../deps.ts";
import { invalidRequest } from "../stripe_error.ts";
import { mergeMetadata } from "../metadata.ts";

const reading = readable("customer", "/v1/customers");

export const customers: Resource = {
  ...reading,
  "GET /v1/customers": (call, deps) => {
    const page = reading["GET /v1/customers"]!(call, deps) as { data: Customer[] };
    return { ...page, data: page.data.filter(({ deleted }) => !deleted) };
  },
  "GET /v1/customers/:id": (call, deps) => shown(existing("customer", call, deps)),

  "POST /v1/customers": ({ params }, deps) => {
    const { email, name, metadata } = params as Stripe.CustomerCreateParams;
    const customer = deps.store.put<Customer>({
      ...newObject("customer", "cus", deps),
      email: email ?? null,
      name: name ?? null,
      invoice_settings: { default_payment_method: null },
      metadata: mergeMetadata({}, metadata),
    });
    setPaymentMethod(customer, params, deps);
    deps.announce("customer.created", customer);
    return customer;
  },

  "POST /v1/customers/:id": (call, deps) => {
    const customer = living(existing("customer", call, deps));
    const { email, name, metadata } = call.params as Stripe.CustomerUpdateParams;
    const former = { email: customer.email, name: customer.name, metadata: customer.metadata };
    if (email !== undefined) customer.email = email;
    if (name !== undefined) customer.name = name;
    customer.metadata = mergeMetadata(customer.metadata, metadata);
    setPaymentMethod(customer, call.params, deps);
    deps.announce("customer.updated", customer, former);
    return customer;
  },

  "DELETE /v1/customers/:id": (call, deps) => {
    const customer = living(existing("customer", call, deps));
    deps.announce("customer.deleted", customer);
    customer.deleted = true;
    return shown(customer);
  },
};

/** The payment method for its invoices, if the request names one. */
function setPaymentMethod(customer: Customer, params: Call["params"], deps: StripeDeps): void {
  const { invoice_settings } = params as Stripe.CustomerCreateParams;
  const id = invoice_settings?.default_payment_method;
  if (id === undefined) return;
  const method = paymentMethodOf(id, deps, "invoice_settings[default_payment_method]");
  method.customer = customer.id;
  customer.invoice_settings = { default_payment_method: method.id };
}

/** Stripe shows little more than the id of a deleted customer. */
function shown(customer: Customer): object {
  const { id, object, deleted } = customer;
  return deleted ? { id, object, deleted } : customer;
}

function living(customer: Customer): Customer {
  if (!customer.deleted) return customer;
  throw invalidRequest(`No such customer: '${customer.id}'`, { code: "resource_missing" });
}
