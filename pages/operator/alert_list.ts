import { h } from "../kit/html.ts";
import { alertCard, type Perform } from "./alert_card.ts";
import type { Alert } from "./health.ts";
import type { Words } from "./words.ts";

/** All alerts, or a text that there are none. A card that did not change stays, and keeps the focus. */
export function alertList(words: Words, schema: string, perform: Perform) {
  const list = h("ul");
  const nothing = h("p", {}, words.needsNothing);
  const cards = new Map<string, HTMLElement>();
  const element = h("section", { id: "needs" }, h("h2", {}, words.needs), nothing, list);

  function show(alerts: Alert[]): void {
    const shown = new Set(alerts.map(keyOf));
    for (const [key, card] of cards) {
      if (!shown.has(key) && cards.delete(key)) card.remove();
    }
    alerts.forEach((alert, place) => {
      const card = cards.get(keyOf(alert)) ?? alertCard(alert, words, schema, perform);
      cards.set(keyOf(alert), card);
      if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
    });
    nothing.hidden = alerts.length > 0;
  }
  return { element, show };
}

function keyOf({ kind, about, times, severity, known }: Alert): string {
  return JSON.stringify([kind, about, times, severity, known]);
}
