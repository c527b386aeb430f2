import { ALERT_LABELS } from "../../diagnosis/labels.ts";
import { actionButton } from "../kit/action_button.ts";
import { h } from "../kit/html.ts";
import { momentInWords } from "../kit/moments.ts";
import { causeOf, symptomOf } from "./cause.ts";
import type { Alert } from "./health.ts";
import type { Words } from "./words.ts";

/** What an operator can do about an alert. */
export type Action = "replay" | "explain" | "dismiss";

/** Runs an action; resolves when the button may be used again. */
export type Perform = (action: Action, alert: Alert) => Promise<void>;

/** The ids of Stripe that sesame_explain_reference knows. */
const EXPLAINED = /^(cs|pi|ch|py|in|sub|cus|re|dp|du|evt|fetch)_/;

const STYLES = { replay: "primary", explain: "", dismiss: "link" } as const;

/** One alert: its severity, what it means, what it is about, how to fix it. */
export function alertCard(
  alert: Alert,
  words: Words,
  schema: string,
  perform: Perform,
): HTMLElement {
  const { kind, about, severity, first_seen, known } = alert;
  const card = h(
    "li",
    { className: `alert ${severity}` },
    h("h3", { tabIndex: -1 }, symptomOf(kind, words)),
    h(
      "p",
      { className: "quiet" },
      h("span", { className: "severity" }, ALERT_LABELS[words.causes][severity]),
      " · ",
      h("code", {}, about),
      ` · ${words.since(momentInWords(first_seen, words.language, Date.now()))}`,
    ),
    ...causeOf(kind, known, words, schema),
    h(
      "div",
      { className: "actions" },
      ...actionsFor(alert).map((action) =>
        actionButton(action, STYLES[action], words, about, () => perform(action, alert))
      ),
    ),
  );
  card.dataset.kind = kind;
  card.dataset.about = about;
  return card;
}

/** Kinds that are about a stored event without effect. */
const REPLAYED: ReadonlySet<string> = new Set(["event_failed", "event_waiting"]);

/** The actions for this alert, the most likely first. */
export function actionsFor({ kind, about }: Pick<Alert, "kind" | "about">): Action[] {
  return [
    ...REPLAYED.has(kind) ? ["replay" as const] : [],
    ...EXPLAINED.test(about) ? ["explain" as const] : [],
    "dismiss",
  ];
}
