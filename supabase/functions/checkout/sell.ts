import { row } from "../_shared/data_api.ts";
import type { Member } from "../_shared/members.ts";
import { Refusal, Unavailable } from "../_shared/problem.ts";
import { type Choice, choosePrice } from "./choose_price.ts";
import { findPromotionCode } from "./promotion_code.ts";
import type { PurchaseRequest } from "./purchase_request.ts";
import { sessionIn } from "./read_from_stripe.ts";
import type { Offer } from "./rows.ts";
import { sessionParams } from "./session_params.ts";
import type { Made } from "./shop.ts";
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

/** Where a purchase goes on: an address for the browser, or the secret with which a page embeds Stripe's. */
export type NextStep = { url: string } | { client_secret: string };

/** How often the sale is tried while sessions expire or appear. */
const ATTEMPTS = 3;

/**
 * Where the purchase goes on: in a Checkout Session, or back on the page when the module is free.
 * Throws the reason why it is not sold to this member.
 */
export async function sell(attempt: Attempt, attempts = ATTEMPTS): Promise<NextStep> {
  const offer = await clearOffer(attempt);
  if (offer.reason === "free") return await give(attempt);
  if (offer.reason !== null) throw refusalOf(offer.reason, offer, attempt.wanted);

  const next = await openSession(attempt, offer);
  if (next !== null) return next;
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

async function give({ deps, member, wanted: { module, page } }: Attempt): Promise<NextStep> {
  await deps.call("sesame_claim_free_module_for", JSON.stringify({ user_id: member.id, module }));
  return { url: page.href };
}

function refusalOf(
  reason: Exclude<Offer["reason"], "free" | null>,
  { modules }: Offer,
  { page }: PurchaseRequest,
): Refusal {
  return new Refusal(reason, { members: modules.length === 0 ? {} : { modules, url: page.href } });
}

/** The one session in which this can be paid. Null: the sale must be tried again. */
async function openSession(attempt: Attempt, offer: ClearOffer): Promise<NextStep | null> {
  const { deps, member, wanted } = attempt;
  const { shop, readFromStripe } = await deps.stripeClient();
  const choice = await choosePrice(shop, offer.prices);
  refuseLarger(wanted.quantity, choice);
  const promotionCode = wanted.promotionCode === null
    ? null
    : await findPromotionCode(shop.readPromotionCode, {
      code: wanted.promotionCode,
      customer: offer.customer_id,
      price: choice.price,
    });
  const customer = offer.customer_id ?? await newCustomer(deps, member, offer.former_customers);
  const params = sessionParams({ ...choice, member, customer, offer, wanted, promotionCode });
  const session = await shop.makeSession(params, choice.mapped.former_sessions);

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
  if (!areOver.every((isOver) => isOver)) return null;
  return wanted.uiMode === "embedded"
    ? { client_secret: session.clientSecret }
    : { url: session.url };
}

/** What is used is billed afterwards, so a metered price has no quantity. */
function refuseLarger(quantity: number, { price, mapped }: Choice): void {
  const max_quantity = price.isMetered ? 1 : mapped.max_quantity ?? 1;
  if (quantity <= max_quantity) return;
  const detail = "quantity is more than this price allows; max_quantity says how many.";
  throw new Refusal("invalid_request", { members: { detail, max_quantity } });
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
