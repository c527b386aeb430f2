/** The Billing Portal of a customer: their subscriptions, and how to end them. */

import type { Subscription } from "../objects.ts";
import { cancelLater, cancelNow } from "../resources/subscriptions.ts";
import { productOf } from "../store.ts";
import type { StripeDeps } from "../deps.ts";
import { buttons, escaped, page } from "./html.ts";

/** Shows the page, or carries out the pressed button; null: there is no such portal. */
export async function portalPage(
  request: Request,
  id: string,
  deps: StripeDeps,
): Promise<Response | null> {
  const portal = deps.store.find("billing_portal.session", id);
  if (portal === null) return null;

  const running = deps.store.all("subscription")
    .filter(({ customer, status }) => customer === portal.customer && status !== "canceled");
  if (request.method === "POST") {
    act(String((await request.formData()).get("action")), running, deps);
  }
  const back = portal.return_url === null
    ? ""
    : `<p><a href="${escaped(portal.return_url)}">Back</a></p>`;
  const living = running.filter(({ status }) => status !== "canceled");
  const list = living.map((one) => show(one, deps)).join("") || "<p>No subscription.</p>";
  return page("Your subscriptions", list + back);
}

/** `end:sub_…`, `keep:sub_…`, `now:sub_…`: only for the customer's own subscriptions. */
function act(action: string, running: Subscription[], deps: StripeDeps): void {
  const [verb, id] = action.split(":");
  const subscription = running.find((one) => one.id === id);
  if (subscription === undefined) return;
  if (verb === "now") cancelNow(subscription, deps);
  else cancelLater(subscription, verb === "end", deps);
}

function show({ id, items, cancel_at_period_end }: Subscription, { store }: StripeDeps): string {
  const names = items.data.map(({ price }) => escaped(productOf(price, store))).join(", ");
  const end = new Date(1_000 * (items.data[0]?.current_period_end ?? 0)).toDateString();
  return cancel_at_period_end
    ? `<h2>${names}</h2><p>Ends on ${end}.</p>${buttons({ [`keep:${id}`]: "Keep it" })}`
    : `<h2>${names}</h2><p>Renews on ${end}.</p>${
      buttons({ [`end:${id}`]: "End it then", [`now:${id}`]: "End it now" })
    }`;
}
