import type { Code } from "../../../diagnosis/codes.ts";
import { event, newId, refundCreated, refundFailed } from "../../../stripe/events.ts";
import { pastTheFold } from "../../e2e/database_view.ts";
import type { Member } from "../../e2e/stage.ts";
import { type Fault, inSql } from "../fault.ts";
import type { Sale, TestSite } from "../test_site.ts";

const SLUG = "stable-diffusion";

/** Replaces the function that merges sessions. */
const REFUSING = `
  create or replace function sesame.merge_checkout_sessions(facts jsonb) returns void
  language plpgsql volatile set search_path = '' as $$ begin raise sqlstate 'XX000'; end $$`;

/** The sale of the current fault. Faults run one after the other. */
let sold: Sale;

export const ACCESS_FAULTS: readonly Fault[] = [
  {
    title: "an event failed, and its cause no longer exists",
    code: "event_failed",
    async breakIt({ sql, sale, send }) {
      const [it] =
        await sql`select pg_get_functiondef('sesame.merge_checkout_sessions'::regproc) as was`;
      await sql.unsafe(REFUSING);
      sold = await sale();
      await send(sold.event);
      await sql.unsafe(it?.was);
    },
    buyer,
  },
  {
    title: "an event was stored, and no fold has taken it",
    code: "event_waiting",
    async breakIt({ sql, sale }) {
      sold = await sale();
      const { id, type, created, livemode, data } = sold.event;
      await sql`
        insert into sesame.stripe_events
          (id, type, created, received_at, livemode, account, object_id, outcome, payload)
        values (${id}, ${type}, to_timestamp(${created}), now() - interval '6 minutes', ${livemode}, '',
          ${String(data.object.id)}, 'received', ${JSON.stringify(sold.event)})`;
    },
    buyer,
  },
  {
    title: "a price was mapped, and its sales are still being derived",
    code: "fold_pending",
    async breakIt(site) {
      await sell(site, byPrice("price_later"));
      const { sql, moduleId } = site;
      await sql.begin(async (transaction) => {
        await transaction`set local sesame.most_at_once = 0`;
        await transaction`
          insert into public.module_prices (stripe_price_id, module_id) values ('price_later', ${moduleId})`;
      });
      await sql`update sesame.unfolded_objects set since = now() - interval '6 minutes'`;
    },
    buyer,
  },
  inSql(
    "access is closed with the triggers off",
    "access_missing",
    pastTheFold("update public.module_access set is_active = false"),
  ),
  inSql(
    "access is opened with the triggers off, without a payment",
    "access_unpaid",
    pastTheFold(
      `insert into public.module_access (user_id, module_id, access_type, is_active, metadata)
     values (gen_random_uuid(), 1, 'purchase', true, '{"source_id": "cs_invented"}')`,
    ),
  ),
  inSql(
    "grants are written by hand",
    "grants_stale",
    "update sesame.grants set reason = 'refunded', reason_after = 'refunded', expires_at = null",
  ),
  inSql(
    "a reason is written with the triggers off",
    "access_stale",
    pastTheFold(`update public.module_access set metadata = metadata || '{"reason": "manual"}'`),
  ),
  quarantined("an event of the other mode", "wrong_mode", { livemode: true }),
  quarantined("an event of another account", "foreign_account", { account: "acct_other" }),
  {
    title: "a price was sold and is mapped to no module",
    code: "price_unmapped",
    breakIt: (site) => sell(site, byPrice("price_new")),
    repair: ({ sql, moduleId }) =>
      sql`insert into public.module_prices (stripe_price_id, module_id) values ('price_new', ${moduleId})`,
    buyer,
  },
  {
    title: "a module was sold and does not exist",
    code: "module_unknown",
    breakIt: (site) =>
      sell(site, ({ buyer }) => ({ metadata: { user_id: buyer.id, module_id: "soon" } })),
    repair: ({ sql }) => sql`insert into public.modules (slug, title) values ('soon', 'Soon')`,
  },
  {
    title: "a purchase names no buyer",
    code: "buyer_unknown",
    breakIt: (site) => sell(site, guest("unknown@example.com")),
    repair: moveToBuyer,
    buyer,
  },
  {
    title: "the buyer has no account",
    code: "user_unknown",
    breakIt: (site) =>
      sell(site, () => ({
        metadata: { user_id: crypto.randomUUID(), module_id: site.moduleId },
      })),
    repair: moveToBuyer,
    buyer,
  },
  {
    title: "a token waits for its owner",
    code: "token_waits",
    breakIt: ({ sql, moduleId }) =>
      sql`insert into public.access_tokens (user_ref, module_id) values ('zoe@example.com', ${moduleId})`,
    repair: ({ sql, owner }) =>
      sql`update public.access_tokens set created_by = ${owner.id} where user_ref = 'zoe@example.com'`,
  },
  ofBuyer("the payment was refunded", "refunded", {
    after: ({ purchase }) => refundCreated(purchase, { id: `re_${purchase.paymentIntentId}` }),
    undo: ({ purchase }) => refundFailed(purchase, { id: `re_${purchase.paymentIntentId}` }),
  }),
  ofBuyer("the payment is in dispute", "disputed", {
    after: (sale) => dispute(sale, "needs_response", "created", 0),
    undo: (sale) => dispute(sale, "won", "closed", 1),
  }),
  {
    title: "the purchase has expired",
    code: "expired",
    breakIt: (site) => sell(site, byPrice("price_stable_diffusion_day"), { created: daysAgo(2) }),
    repair: async ({ sale, send }) => await buyAgain(await sale(), send),
    ask: askAsBuyer,
  },
  {
    title: "the payment is still processing",
    code: "pending_payment",
    breakIt: (site) => sell(site, () => ({ payment_status: "unpaid" })),
    repair: ({ send }) => send({ ...sold.event, ...paidLater(sold) }),
    ask: askAsBuyer,
  },
  {
    title: "the buyer's address is not verified",
    code: "email_unverified",
    async breakIt(site) {
      await sell(site, guest("late@example.com"));
      await site.sql`
        update auth.users set email = 'late@example.com', email_confirmed_at = null
        where id = ${sold.buyer.id}`;
    },
    async repair({ sql }) {
      await sql`update sesame.settings set verified_email_claims = true`;
      await sql`update auth.users set email_confirmed_at = now() where id = ${sold.buyer.id}`;
      // The stack's Auth does not ask for confirmation, so the doctor would report it.
      await sql`update sesame.settings set verified_email_claims = false`;
    },
    ask: askAsBuyer,
  },
  {
    title: "addresses claim no purchases",
    code: "address_claims_off",
    async breakIt(site) {
      const { buyer } = sold = await site.sale();
      const [user] = await site.sql`select email from auth.users where id = ${buyer.id}`;
      sold.event.data.object = { ...sold.event.data.object, ...guest(user?.email)(sold) };
      await site.send(sold.event);
    },
    async repair({ sql }) {
      await sql`update sesame.settings set verified_email_claims = true`;
      await sql`update sesame.settings set verified_email_claims = false`;
    },
    buyer,
    ask: askAsBuyer,
  },
  inSql(
    "addresses claim purchases, and Auth does not ask",
    "addresses_unproven",
    "update sesame.settings set verified_email_claims = true",
  ),
  {
    title: "the buyer used another address",
    code: "no_purchase_known",
    async breakIt(site) {
      await sell(site, guest("elsewhere@example.com"));
    },
    repair: moveToBuyer,
    ask: askAsBuyer,
  },
  {
    title: "the token is revoked",
    code: "revoked",
    async breakIt({ sql, sale, moduleId }) {
      sold = await sale();
      await sql`
        insert into public.access_tokens (created_by, module_id, is_active)
        values (${sold.buyer.id}, ${moduleId}, false)`;
    },
    repair: ({ sql }) =>
      sql`update public.access_tokens set is_active = true where created_by = ${sold.buyer.id}`,
    ask: askAsBuyer,
  },
  {
    title: "an operator denied the module",
    code: "denied",
    async breakIt(site) {
      await sell(site, () => ({}));
      await site
        .sql`select public.revoke_module_access(${sold.buyer.id}, ${SLUG}, 'op', 'abuse', true)`;
    },
    repair: ({ sql }) =>
      sql`select public.grant_module_access(${sold.buyer.id}, ${SLUG}, 'op', 'a mistake')`,
    ask: askAsBuyer,
  },
  {
    title: "the purchase belongs to another user",
    code: "belongs_to_another",
    async breakIt(site) {
      await sell(site, () => ({}));
      await move(site, site.owner.id);
    },
    repair: moveToBuyer,
    ask: askAsBuyer,
  },
];

async function sell(
  { sale, send }: TestSite,
  fieldsFor: (sale: Sale) => Record<string, unknown>,
  over: { created?: number } = {},
): Promise<void> {
  sold = await sale();
  const { object } = sold.event.data;
  sold.event = { ...sold.event, ...over, data: { object: { ...object, ...fieldsFor(sold) } } };
  await send(sold.event);
}

function byPrice(price: string) {
  return ({ buyer }: Sale) => ({
    metadata: { user_id: buyer.id },
    line_items: { object: "list", has_more: false, data: [{ id: "li_1", price: { id: price } }] },
  });
}

function guest(email: string) {
  return ({ purchase }: Sale) => ({
    customer: null,
    client_reference_id: null,
    customer_details: { email },
    metadata: { module_id: purchase.moduleId ?? "" },
  });
}

function buyer(): Member {
  return sold.buyer;
}

function askAsBuyer(): [string, string] {
  return [sold.buyer.id, SLUG];
}

function moveToBuyer(site: TestSite): Promise<unknown> {
  return move(site, sold.buyer.id);
}

async function move({ sql }: TestSite, userId: string): Promise<unknown> {
  const { sessionId } = sold.purchase;
  return await sql`select public.move_purchase(${sessionId}, ${userId}, 'op', 'the receipt was shown')`;
}

/** A second purchase, by the same buyer as the first. */
function buyAgain({ event }: Sale, send: TestSite["send"]): Promise<number> {
  const object = { ...event.data.object, metadata: sold.event.data.object.metadata };
  const line_items = {
    object: "list",
    has_more: false,
    data: [{ price: { id: "price_stable_diffusion" } }],
  };
  return send({ ...event, data: { object: { ...object, line_items } } });
}

function paidLater({ event }: Sale) {
  return {
    id: newId("evt"),
    type: "checkout.session.async_payment_succeeded",
    created: event.created + 1,
    data: { object: { ...event.data.object, payment_status: "paid" } },
  };
}

function dispute({ purchase }: Sale, status: string, type: string, later: number) {
  return event(`charge.dispute.${type}`, {
    id: `dp_${purchase.paymentIntentId.slice(3)}`,
    object: "dispute",
    status,
    amount: purchase.amount,
    currency: purchase.currency,
    charge: purchase.chargeId,
    payment_intent: purchase.paymentIntentId,
    metadata: {},
  }, { created: Math.floor(Date.now() / 1_000) + later });
}

/** A purchase, and Stripe's later events of it. */
function ofBuyer(
  title: string,
  code: Code,
  say: Record<"after" | "undo", (sale: Sale) => ReturnType<typeof event>>,
): Fault {
  return {
    title,
    code,
    async breakIt(site) {
      await sell(site, () => ({}));
      await site.send(say.after(sold));
    },
    repair: ({ send }) => send(say.undo(sold)),
    ask: askAsBuyer,
  };
}

/** Stored and never applied. An operator who has looked at it deletes it from the inbox. */
function quarantined(title: string, code: Code, over: Record<string, unknown>): Fault {
  return {
    title,
    code,
    async breakIt({ sale, send }) {
      sold = await sale();
      await send({ ...sold.event, ...over });
    },
    repair: ({ sql }) => sql`delete from sesame.stripe_events where id = ${sold.event.id}`,
  };
}

function daysAgo(days: number): number {
  return Math.floor(Date.now() / 1_000) - days * 86_400;
}
