import type Stripe from "stripe";
import { amountsOf, sumOf } from "../amounts.ts";
import { couponOf, discountsOf } from "../discounts.ts";
import type { LineItem, Session } from "../objects.ts";
import { existing, hasField, pageOf, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import { type Call, newObject, type Resource, type StripeDeps } from "../deps.ts";

type Params = Stripe.Checkout.SessionCreateParams;

/** Seconds a session is open. */
const OPEN_FOR = 24 * 60 * 60;

const PATH = "/v1/checkout/sessions";

const reading = readable(
  "checkout.session",
  PATH,
  (session, name, value) =>
    name === "customer_details"
      ? session.customer_details?.email === (value as { email?: string }).email
      : hasField(session, name, value),
);

export const checkoutSessions: Resource = {
  [`GET ${PATH}`]: (call, deps) => {
    deps.store.all("checkout.session").forEach((session) => expireInTime(session, deps));
    return reading[`GET ${PATH}`]!(call, deps);
  },
  [`GET ${PATH}/:id`]: session,

  [`GET ${PATH}/:id/line_items`]: (call, deps) => {
    const { id } = session(call, deps);
    const { lines } = deps.store.orders.get(id)!;
    return pageOf(lines, call.params, `${PATH}/${id}/line_items`);
  },

  [`POST ${PATH}/:id/expire`]: (call, deps) => {
    const found = session(call, deps);
    if (found.status !== "open") {
      throw invalidRequest(
        'Only Checkout Sessions with a status in ["open"] can be expired. ' +
          `This Checkout Session has a status of \`${found.status}\`.`,
      );
    }
    return expire(found, deps);
  },

  [`POST ${PATH}`]: ({ params }, deps) => create(params as Params, deps),
};

function create(params: Params, deps: StripeDeps): Session {
  const lines = (params.line_items ?? []).map((item, place) => lineItem(item, place, deps));
  refuseMixture(params, lines);
  refuseCustomer(params, deps);
  refuseTax(params);
  refuseCurrencies(params, lines, deps);
  const discounts = discountsOf(params, { customer: params.customer ?? null, lines }, deps);

  const id = newObject("checkout.session", "cs_test", deps);
  deps.store.orders.set(id.id, {
    lines,
    trialDays: params.subscription_data?.trial_period_days ?? null,
    metadata: mergeMetadata(
      {},
      (params.payment_intent_data ?? params.subscription_data)?.metadata,
    ),
    paymentIntentId: null,
  });
  const isEmbedded = params.ui_mode === "embedded_page";
  return addUp(
    deps.store.put<Session>({
      ...id,
      mode: params.mode as Session["mode"],
      status: "open",
      payment_status: "unpaid",
      ui_mode: isEmbedded ? "embedded_page" : "hosted_page",
      url: isEmbedded ? null : payPageOf(id.id, deps),
      client_secret: isEmbedded ? `${id.id}_secret_${crypto.randomUUID()}` : null,
      success_url: params.success_url ?? null,
      cancel_url: params.cancel_url ?? null,
      return_url: params.return_url ?? null,
      locale: params.locale ?? null,
      amount_subtotal: 0,
      amount_total: 0,
      total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
      allow_promotion_codes: params.allow_promotion_codes ?? null,
      discounts,
      automatic_tax: { enabled: params.automatic_tax?.enabled ?? false, status: null },
      tax_id_collection: { enabled: params.tax_id_collection?.enabled ?? false },
      currency: lines[0]?.price.currency ?? "eur",
      client_reference_id: params.client_reference_id ?? null,
      customer: params.customer ?? null,
      customer_email: params.customer_email ?? null,
      customer_details: null,
      payment_intent: null,
      subscription: null,
      invoice: null,
      expires_at: params.expires_at ?? id.created + OPEN_FOR,
      metadata: mergeMetadata({}, params.metadata),
    }),
    deps,
  );
}

/** The page of a session; an embedded one has it too, for tests. */
export function payPageOf(id: string, { origin }: StripeDeps): string {
  return `${origin}/c/pay/${id}`;
}

/** Writes what the lines cost now, on each of them and on the session. */
export function addUp(session: Session, deps: StripeDeps): Session {
  const { lines, trialDays } = deps.store.orders.get(session.id)!;
  const coupon = couponOf(session, deps);
  const isTaxed = session.automatic_tax.enabled;
  const amounts = amountsOf(lines, { coupon, isTaxed, isTrial: trialDays !== null }, deps.store);
  lines.forEach((line, place) => Object.assign(line, amounts[place]));
  const { amount_subtotal, amount_total, amount_discount, amount_tax } = sumOf(amounts);
  if (isTaxed) session.automatic_tax.status = "complete";
  return Object.assign(session, {
    amount_subtotal,
    amount_total,
    total_details: { amount_discount, amount_shipping: 0, amount_tax },
  });
}

/** The session in the path, in its state at this time. */
function session(call: Call, deps: StripeDeps): Session {
  return expireInTime(existing("checkout.session", call, deps), deps);
}

export function expireInTime(session: Session, deps: StripeDeps): Session {
  const isOver = session.status === "open" && session.expires_at <= deps.now();
  return isOver ? expire(session, deps) : session;
}

function expire(session: Session, deps: StripeDeps): Session {
  session.status = "expired";
  session.url = null;
  deps.announce("checkout.session.expired", session);
  return session;
}

function lineItem(
  { price: id = "", quantity }: Stripe.Checkout.SessionCreateParams.LineItem,
  place: number,
  { store }: StripeDeps,
): LineItem {
  const param = `line_items[${place}]`;
  const price = store.find("price", id);
  if (price === null) throw noSuch("price", id, `${param}[price]`);
  if (!price.active) {
    throw invalidRequest(
      "The price specified is inactive. This field only accepts active prices.",
      { param: `${param}[price]` },
    );
  }
  const isMetered = price.recurring?.usage_type === "metered";
  if (quantity === undefined && !isMetered) {
    throw invalidRequest(`Quantity is required. Add \`quantity\` to \`${param}\``);
  }
  const count = quantity ?? 1;
  return {
    id: `li_${place}${id}`,
    object: "item",
    quantity: count,
    amount_subtotal: 0, // these four: see addUp
    amount_discount: 0,
    amount_tax: 0,
    amount_total: 0,
    price,
  };
}

function refuseMixture(params: Params, lines: LineItem[]): void {
  const isPlan = lines.some(({ price }) => price.type === "recurring");
  if (params.mode === undefined) throw missing("mode");
  if (params.mode !== "setup" && lines.length === 0) throw missing("line_items");
  refusePages(params);
  if (params.mode === "payment" && isPlan) {
    throw invalidRequest(
      "You specified `payment` mode but passed a recurring price. Either switch to " +
        "`subscription` mode or use only one-time prices.",
    );
  }
  if (params.mode === "subscription" && !isPlan) {
    throw invalidRequest(
      "You must provide at least one recurring price in `subscription` mode when using prices.",
    );
  }
  refuseData(params, "payment_intent_data", "payment");
  refuseData(params, "subscription_data", "subscription");
  const days = params.subscription_data?.trial_period_days ?? 1;
  if (!Number.isInteger(days) || days < 1 || days > 730) {
    throw invalidRequest("The trial period must be a whole number of days from 1 to 730.", {
      param: "subscription_data[trial_period_days]",
    });
  }
}

/** An embedded session has one page to return to, a hosted one has two. */
function refusePages(
  { ui_mode = "hosted_page", success_url, cancel_url, return_url }: Params,
): void {
  const isEmbedded = ui_mode === "embedded_page";
  if (!isEmbedded && ui_mode !== "hosted_page") {
    throw invalidRequest("The stand-in has hosted_page and embedded_page.", { param: "ui_mode" });
  }
  const [needed, value] = isEmbedded ? ["return_url", return_url] : ["success_url", success_url];
  if (value === undefined) throw missing(needed!);
  const others = isEmbedded ? { success_url, cancel_url } : { return_url };
  const other = Object.entries(others).find(([, url]) => url !== undefined);
  if (other === undefined) return;
  throw invalidRequest(`\`${other[0]}\` cannot be used with \`ui_mode\` \`${ui_mode}\`.`, {
    param: other[0],
  });
}

/** A customer who exists has an address and a name only if Stripe may store those of the page. */
function refuseTax({ customer, customer_update, automatic_tax, tax_id_collection }: Params): void {
  if (customer_update !== undefined && customer === undefined) {
    throw invalidRequest("`customer_update` can only be used with `customer`.", {
      param: "customer_update",
    });
  }
  if (customer === undefined) return;
  if (automatic_tax?.enabled && customer_update?.address !== "auto") {
    throw invalidRequest(
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid " +
        "address to the Customer or set `customer_update[address]` to 'auto'.",
      { code: "customer_tax_location_invalid" },
    );
  }
  if (tax_id_collection?.enabled && customer_update?.name !== "auto") {
    throw invalidRequest(
      "Tax ID collection requires updating business name on the customer. To enable tax ID " +
        "collection for an existing customer, please set `customer_update[name]` to `auto`.",
    );
  }
}

function refuseData(
  params: Params,
  name: "payment_intent_data" | "subscription_data",
  mode: string,
): void {
  if (params[name] === undefined || params.mode === mode) return;
  throw invalidRequest(`You can not pass \`${name}\` in \`${params.mode}\` mode.`, { param: name });
}

function refuseCustomer({ customer, customer_email }: Params, { store }: StripeDeps): void {
  if (customer !== undefined && customer_email !== undefined) {
    throw invalidRequest(
      "You may only specify one of these parameters: customer, customer_email.",
    );
  }
  if (customer === undefined) return;
  const found = store.find("customer", customer);
  if (found === null || found.deleted) throw noSuch("customer", customer, "customer");
}

/** A customer subscribes in one currency only, open sessions included. */
function refuseCurrencies({ mode, customer }: Params, lines: LineItem[], { store }: StripeDeps) {
  if (mode !== "subscription" || customer === undefined) return;
  const used = [
    ...store.all("subscription")
      .filter((plan) => plan.customer === customer && ["active", "trialing"].includes(plan.status))
      .flatMap(({ items }) => items.data.map(({ price }) => price.currency)),
    ...store.all("checkout.session")
      .filter((open) =>
        open.customer === customer && open.mode === "subscription" && open.status === "open"
      )
      .map(({ currency }) => currency),
  ];
  const other = used.find((currency) => currency !== lines[0]?.price.currency);
  if (other === undefined) return;
  throw invalidRequest(
    "You cannot combine currencies on a single customer. This customer has an active subscription " +
      `or active subscription mode checkout session with currency ${other}.`,
  );
}

function missing(param: string) {
  return invalidRequest(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}
