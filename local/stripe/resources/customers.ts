import type Stripe from "stripe";
import type { Customer } from "../objects.ts";
import { existing, readable } from "../listing.ts";
import { paymentMethodOf } from "../payment_methods.ts";
import { born, type Call, type Resource, type StripeWorld } from "../world.ts";
import { invalidRequest } from "../stripe_error.ts";
import { mergeMetadata } from "../metadata.ts";

const reading = readable("customer", "/v1/customers");

export const customers: Resource = {
  ...reading,
  "GET /v1/customers": (call, world) => {
    const page = reading["GET /v1/customers"]!(call, world) as { data: Customer[] };
    return { ...page, data: page.data.filter(({ deleted }) => !deleted) };
  },
  "GET /v1/customers/:id": (call, world) => shown(existing("customer", call, world)),

  "POST /v1/customers": ({ params }, world) => {
    const { email, name, metadata } = params as Stripe.CustomerCreateParams;
    const customer = world.store.put<Customer>({
      ...born("customer", "cus", world),
      email: email ?? null,
      name: name ?? null,
      invoice_settings: { default_payment_method: null },
      metadata: mergeMetadata({}, metadata),
    });
    setPaymentMethod(customer, params, world);
    world.announce("customer.created", customer);
    return customer;
  },

  "POST /v1/customers/:id": (call, world) => {
    const customer = living(existing("customer", call, world));
    const { email, name, metadata } = call.params as Stripe.CustomerUpdateParams;
    const former = { email: customer.email, name: customer.name, metadata: customer.metadata };
    if (email !== undefined) customer.email = email;
    if (name !== undefined) customer.name = name;
    customer.metadata = mergeMetadata(customer.metadata, metadata);
    setPaymentMethod(customer, call.params, world);
    world.announce("customer.updated", customer, former);
    return customer;
  },

  "DELETE /v1/customers/:id": (call, world) => {
    const customer = living(existing("customer", call, world));
    world.announce("customer.deleted", customer);
    customer.deleted = true;
    return shown(customer);
  },
};

/** What its invoices are paid with, where the request names it. */
function setPaymentMethod(customer: Customer, params: Call["params"], world: StripeWorld): void {
  const { invoice_settings } = params as Stripe.CustomerCreateParams;
  const id = invoice_settings?.default_payment_method;
  if (id === undefined) return;
  const method = paymentMethodOf(id, world, "invoice_settings[default_payment_method]");
  method.customer = customer.id;
  customer.invoice_settings = { default_payment_method: method.id };
}

/** Of a deleted one Stripe shows hardly more than its id. */
function shown(customer: Customer): object {
  const { id, object, deleted } = customer;
  return deleted ? { id, object, deleted } : customer;
}

function living(customer: Customer): Customer {
  if (!customer.deleted) return customer;
  throw invalidRequest(`No such customer: '${customer.id}'`, { code: "resource_missing" });
}
