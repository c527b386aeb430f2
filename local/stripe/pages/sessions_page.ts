/** All Checkout Sessions, the newest first: to pay or to refund them. */

import type { StripeDeps } from "../deps.ts";
import { productOf } from "../store.ts";
import { escaped, money, page } from "./html.ts";

export function sessionsPage({ store, origin }: StripeDeps): Response {
  const rows = store.all("checkout.session").map((session) => {
    const { id, status, payment_status, amount_total, currency } = session;
    const lines = store.orders.get(id)?.lines ?? [];
    const bought = lines.map(({ price }) => productOf(price, store)).join(", ");
    return `<li><a href="${origin}/c/pay/${id}">${escaped(bought)}</a>, ` +
      `${money(amount_total, currency)}: ${status}, ${payment_status}</li>`;
  });
  return page(
    "Checkout Sessions",
    rows.length === 0 ? "<p>None yet.</p>" : `<ul>${rows.join("")}</ul>`,
  );
}
