import { task } from "../../diagnosis/task_command.ts";

import { type Fact, kindOf, SILENT } from "../../supabase/functions/_shared/facts/kinds.ts";
import { NEEDED_EVENTS } from "../../stripe/needed_events.ts";
import { EVENT_WORDS } from "./event_words.ts";
import { code, generated, list, page, prose } from "./markdown.ts";

/** A kind of fact without a heading does not compile. */
const HEADINGS: { [Kind in Fact["kind"]]: string } = {
  checkout_session: "Checkout Sessions",
  payment_intent: "Payments",
  charge: "Charges",
  refund: "Refunds",
  dispute: "Disputes",
  invoice: "Invoices",
  invoice_payment: "Payments of invoices",
  subscription: "Subscriptions",
  customer: "Customers",
  price_listing: "Prices",
  product: "Products",
  price: "Plans",
};

const NEEDED: readonly string[] = NEEDED_EVENTS;

/** docs/reference/events.md */
export function eventsPage(): string {
  return page(
    generated(
      "Stripe events",
      "Every event that Stripe sends is stored once, and answered with 2xx. An event says what one object at Stripe is " +
        "like now. Access is derived from all objects, so the order of the events does not matter. " +
        "[Architecture](../architecture.md) shows the whole path.",
    ),
    `**Needed** marks the events that the endpoint at Stripe has to send: \`${
      task("setup")
    }\` asks for them. The others ` +
      "are read where they arrive, and nothing is lost without them.",
    ...Object.entries(HEADINGS).flatMap(([kind, title]) => [
      `## ${title}`,
      list(typesOf(kind as Fact["kind"]).map(describe)),
    ]),
    "## Alerts",
    list(typesOf(null).map(describe)),
    "## Without an effect",
    "These are stored and change nothing. The name is how the type begins; every unknown type is treated alike.",
    list(
      Object.entries(SILENT).map(([head, reason]) =>
        `${code(`${head}*`.replace(/(?<!\.)\*$/, ""))}: ${prose(reason)}.`
      ),
    ),
  );
}

/** The types of one kind of fact; null: those that give none. Needed ones come first. */
export function typesOf(kind: Fact["kind"] | null): string[] {
  const types = Object.keys(EVENT_WORDS).filter((type) => (kindOf(type)?.kind ?? null) === kind);
  return [...types.filter(isNeeded), ...types.filter((type) => !isNeeded(type))];
}

function describe(type: string): string {
  const words = EVENT_WORDS[type as keyof typeof EVENT_WORDS];
  return `${code(type)}${isNeeded(type) ? " (**needed**)" : ""}: ${words}`;
}

function isNeeded(type: string): boolean {
  return NEEDED.includes(type);
}
