import type Stripe from "stripe";
import { row } from "../_shared/data_api.ts";
import type { Member } from "../_shared/members.ts";
import { Refusal, Unavailable } from "../_shared/problem.ts";
import { choosePrice } from "./choose_price.ts";
import type { MappedPrice, Offer } from "./rows.ts";
import { successUrl } from "./return_url.ts";
import { sessionIn } from "./read_from_stripe.ts";
import type { Made, Price } from "./shop.ts";
import type { PurchaseRequest } from "./purchase_request.ts";
import type { Deps } from "./deps.ts";

/** One attempt to sell. */
interface Attempt {
  deps: Deps;
  member: Member;
  wanted: PurchaseRequest;
}

/** An offer without doubts, and the open sessions in which it may be paid. */
interface ClearOffer extends Offer {
  open: string[];
}

/** How often the sale is tried while sessions expire or appear. */
const ATTEMPTS = 3;

/**
 * Where the browser goes next: to a Checkout Session, or back to the page when the module is free.
 * Throws the reason why it is not sold to this member.
 */
export async function sell(attempt: Attempt, attempts = ATTEMPTS): Promise<string> {
  const offer = await clearOffer(attempt);
  if (offer.reason === "free") return await give(attempt);
  if (offer.reason !== null) throw refusalOf(offer.reason, offer, attempt.wanted);

  const url = await openSession(attempt, offer);
  if (url !== null) return url;
  // The session or customer is gone, and Postgres knows it now: the next attempt finds another state.
  if (attempts <= 1) throw new Unavailable("restless_session");
  return await sell(attempt, attempts - 1);
}

/** The offer, after everything that may be paid already was read from Stripe. */
async function clearOffer(attempt: Attempt): Promise<ClearOffer> {
  const { deps } = attempt;
  const offer = await askOffer(attempt);
  if (offer.doubts.length === 0) return { ...offer, open: [] };

  const { readFromStripe } = await deps.stripeClient();
  const found = await Promise.all(offer.doubts.map(readFromStripe));
  const isOpen = found.map((events) => sessionIn(events)?.status === "open");
  await deps.applyEvents(found.filter((_, place) => !isOpen[place]).flat());
  return {
    ...await askOffer(attempt),
    open: offer.doubts.filter((_, place) => isOpen[place]),
  };
}

function askOffer({ deps, member, wanted }: Attempt): Promise<Offer> {
  return row<Offer>(deps.call, "sesame_checkout_offer", {
    user_id: member.id,
    module: wanted.module,
    price: wanted.price,
    livemode: deps.livemode,
  });
}

async function give({ deps, member, wanted: { module, page } }: Attempt): Promise<string> {
  await deps.call("sesame_claim_free_module_for", JSON.stringify({ user_id: member.id, module }));
  return page.href;
}

function refusalOf(
  reason: Exclude<Offer["reason"], "free" | null>,
  { modules }: Offer,
  { page }: PurchaseRequest,
): Refusal {
  return new Refusal(reason, { members: modules.length === 0 ? {} : { modules, url: page.href } });
}

/** The address of the one session in which this can be paid. Null: the sale must be tried again. */
async function openSession(attempt: Attempt, offer: ClearOffer): Promise<string | null> {
  const { deps, member, wanted } = attempt;
  const { shop, readFromStripe } = await deps.stripeClient();
  const { price, mapped } = await choosePrice(shop, offer.prices);
  const customer = offer.customer_id ?? await newCustomer(deps, member, offer.former_customers);
  const params = sessionParams(member, customer, price, mapped, wanted.page);
  const session = await shop.makeSession(params, mapped.former_sessions);

  if (session === "no_customer") {
    await deps.applyEvents(await readFromStripe(customer));
    return null;
  }
  if (session === "other_currency") {
    if (offer.open.length === 0) throw new Refusal("other_currency");
    // The member's own abandoned sessions may be all that is in the way.
    await Promise.all(offer.open.map((id) => shop.expireSession(id)));
    return null;
  }
  if (session.isReplayed && !offer.open.includes(session.id)) {
    const events = await readFromStripe(session.id);
    await deps.applyEvents(events);
    if (sessionIn(events)?.status !== "open") return null;
  }

  const newer = session.isReplayed ? [] : await storeSession(session, attempt, offer);
  // Another tab may create a session at the same moment and see ours too. One of the two gives way.
  if (newer.some((id) => id > session.id)) {
    await shop.expireSession(session.id);
    return null;
  }
  // Two open sessions could both be paid.
  const others = [...offer.open, ...newer].filter((id) => id !== session.id);
  const areOver = await Promise.all(others.map((id) => shop.expireSession(id)));
  return areOver.every((isOver) => isOver) ? session.url : null;
}

/** Stores a new session. Returns the sessions that were made in the meantime. */
async function storeSession(
  { event }: Made,
  attempt: Attempt,
  { open }: ClearOffer,
): Promise<string[]> {
  await attempt.deps.applyEvents([event]);
  const { doubts } = await askOffer(attempt);
  return doubts.filter((id) => id.startsWith("cs_") && !open.includes(id));
}

/** Makes the member a customer at Stripe, so that all their purchases have the same customer. */
async function newCustomer(
  { stripeClient, applyEvents }: Deps,
  { id, email }: Member,
  former: number,
): Promise<string> {
  const { shop, readFromStripe } = await stripeClient();
  const params = { ...email === null ? {} : { email }, metadata: { user_id: id } };
  const customer = await shop.makeCustomer(params, former);
  // A replayed answer is as old as the first one, so the customer is read again.
  await applyEvents(customer.isReplayed ? await readFromStripe(customer.id) : [customer.event]);
  return customer.id;
}

/**
 * The user id goes into the metadata of everything the session makes. The module id does only where
 * the price cannot change later.
 */
function sessionParams(
  { id }: Member,
  customer: string,
  price: Price,
  { modules }: MappedPrice,
  page: URL,
): Stripe.Checkout.SessionCreateParams {
  const user = { user_id: id };
  const [module] = modules;
  const userAndModule = price.mode === "payment" && module !== undefined && modules.length === 1
    ? { ...user, module_id: String(module.module_id) }
    : user;
  return {
    mode: price.mode,
    customer,
    client_reference_id: id,
    line_items: [{ price: price.id, ...price.isMetered ? {} : { quantity: 1 } }],
    success_url: successUrl(page),
    cancel_url: page.href,
    metadata: userAndModule,
    ...price.mode === "payment"
      ? { payment_intent_data: { metadata: userAndModule } }
      : { subscription_data: { metadata: user } },
    expand: ["line_items"], // with them the fact says which prices were sold
  };
}
