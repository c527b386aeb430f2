import type Stripe from "stripe";
import { row } from "../_shared/data_api.ts";
import type { Member } from "../_shared/members.ts";
import { Refusal, Unavailable } from "../_shared/problem.ts";
import { choosePrice } from "./choose_price.ts";
import type { MappedPrice, Offer } from "./rows.ts";
import { successUrl } from "./return_url.ts";
import { sessionIn } from "./seeing.ts";
import type { Price } from "./shop.ts";
import type { Wish } from "./wish.ts";
import type { World } from "./world.ts";

/** An offer about which nothing is in doubt, and the sessions in which it may be paid already. */
interface ClearOffer extends Offer {
  open: string[];
}

/** How often what is over by now is replaced, before somebody is sent away. */
const ATTEMPTS = 3;

/**
 * Where the member's browser goes to get what he wishes: to a session at Stripe, or back to the page
 * with what is free. Throws the reason why it is not sold to him.
 */
export async function sell(
  world: World,
  member: Member,
  wish: Wish,
  attempts = ATTEMPTS,
): Promise<string> {
  const offer = await clearOffer(world, member, wish);
  if (offer.reason === "free") return await give(world, member, wish);
  if (offer.reason !== null) throw refusalOf(offer.reason, offer, wish);

  const url = await openSession(world, member, wish, offer);
  if (url !== null) return url;
  // What was found is over or gone, and told: the next attempt is another one.
  if (attempts <= 1) throw new Unavailable("restless_session");
  return await sell(world, member, wish, attempts - 1);
}

/** The offer, once Stripe has said what became of whatever may have been paid already. */
async function clearOffer(world: World, member: Member, wish: Wish): Promise<ClearOffer> {
  const offer = await askOffer(world, member, wish);
  if (offer.doubts.length === 0) return { ...offer, open: [] };

  const { see } = await world.atStripe();
  const seen = await Promise.all(offer.doubts.map(see));
  const isOpen = seen.map((events) => sessionIn(events)?.status === "open");
  await world.tell(seen.filter((_, place) => !isOpen[place]).flat());
  return {
    ...await askOffer(world, member, wish),
    open: offer.doubts.filter((_, place) => isOpen[place]),
  };
}

function askOffer(world: World, member: Member, wish: Wish): Promise<Offer> {
  return row<Offer>(world.call, "sesame_checkout_offer", {
    user_id: member.id,
    module: wish.module,
    price: wish.price,
    livemode: world.livemode,
  });
}

async function give({ call }: World, member: Member, { module, page }: Wish): Promise<string> {
  await call("sesame_claim_free_module_for", JSON.stringify({ user_id: member.id, module }));
  return page.href;
}

function refusalOf(reason: Exclude<Offer["reason"], "free" | null>, offer: Offer, wish: Wish) {
  const modules = offer.modules;
  return new Refusal(reason, {
    members: modules.length === 0 ? {} : { modules, url: wish.page.href },
  });
}

/** The address of the one session in which this can be paid; null: what there was is over. */
async function openSession(
  world: World,
  member: Member,
  wish: Wish,
  offer: ClearOffer,
): Promise<string | null> {
  const { shop, see } = await world.atStripe();
  const { price, mapped } = await choosePrice(shop, offer.prices);
  const customer = offer.customer_id ?? await newCustomer(world, member, offer.former_customers);
  const params = sessionParams(member, customer, price, mapped, wish.page);
  const session = await shop.makeSession(params, mapped.former_sessions);

  if (session === "no_customer") {
    await world.tell(await see(customer));
    return null;
  }
  if (session === "other_currency") {
    if (offer.open.length === 0) throw new Refusal("other_currency");
    // What he has opened and left may be all that is in the way.
    await Promise.all(offer.open.map((id) => shop.expireSession(id)));
    return null;
  }
  if (session.isReplayed && !offer.open.includes(session.id)) {
    const events = await see(session.id);
    await world.tell(events);
    if (sessionIn(events)?.status !== "open") return null;
  }

  let rivals: string[] = [];
  if (!session.isReplayed) {
    await world.tell([session.event]);
    const { doubts } = await askOffer(world, member, wish);
    rivals = doubts.filter((id) => id.startsWith("cs_") && !offer.open.includes(id));
    // Another tab's, of this very moment, that may see ours too: one of the two gives way.
    if (rivals.some((id) => id > session.id)) {
      await shop.expireSession(session.id);
      return null;
    }
  }

  // Two open sessions could both be paid.
  const others = [...offer.open, ...rivals].filter((id) => id !== session.id);
  const areOver = await Promise.all(others.map((id) => shop.expireSession(id)));
  return areOver.every((isOver) => isOver) ? session.url : null;
}

/** The member as a customer of Stripe's, so that whatever he buys later is the same customer's. */
async function newCustomer(
  { atStripe, tell }: World,
  { id, email }: Member,
  former: number,
): Promise<string> {
  const { shop, see } = await atStripe();
  const params = { ...email === null ? {} : { email }, metadata: { user_id: id } };
  const customer = await shop.makeCustomer(params, former);
  // What Stripe says again is what was true then.
  await tell(customer.isReplayed ? await see(customer.id) : [customer.event]);
  return customer.id;
}

/** Who buys stands on everything that comes of it; what, only where the price may change no more. */
function sessionParams(
  { id }: Member,
  customer: string,
  price: Price,
  { modules }: MappedPrice,
  page: URL,
): Stripe.Checkout.SessionCreateParams {
  const who = { user_id: id };
  const [module] = modules;
  const what = price.mode === "payment" && module !== undefined && modules.length === 1
    ? { ...who, module_id: String(module.module_id) }
    : who;
  return {
    mode: price.mode,
    customer,
    client_reference_id: id,
    line_items: [{ price: price.id, ...price.isMetered ? {} : { quantity: 1 } }],
    success_url: successUrl(page),
    cancel_url: page.href,
    metadata: what,
    ...price.mode === "payment"
      ? { payment_intent_data: { metadata: what } }
      : { subscription_data: { metadata: who } },
    expand: ["line_items"], // with them the fact says on which terms it was sold
  };
}
