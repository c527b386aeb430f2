import type Stripe from "stripe";
import type { Customer } from "../objects.ts";
import { existing, readable } from "../listing.ts";
import { born, type Resource } from "../world.ts";
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
    const customer = world.store.put({
      ...born("customer", "cus", world),
      email: email ?? null,
      name: name ?? null,
      metadata: mergeMetadata({}, metadata),
    });
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

/** Of a deleted one Stripe shows hardly more than its id. */
function shown(customer: Customer): object {
  const { id, object, deleted } = customer;
  return deleted ? { id, object, deleted } : customer;
}

function living(customer: Customer): Customer {
  if (!customer.deleted) return customer;
  throw invalidRequest(`No such customer: '${customer.id}'`, { code: "resource_missing" });
}
