import { h } from "../kit/html.ts";
import { alarm, notice } from "../kit/notices.ts";
import { poll } from "../kit/poll.ts";
import { codeOf } from "../kit/problem.ts";
import type { Action } from "./alert_card.ts";
import { alertList } from "./alert_list.ts";
import { asking } from "./asking.ts";
import { askWhy } from "./dismiss_dialog.ts";
import { figures } from "./figures.ts";
import type { Alert, Health } from "./health.ts";
import type { Words } from "./words.ts";

/** What an operator sees: alerts, figures and the question, until `signal`. */
export function operatorPage(health: Health, words: Words, signal: AbortSignal): HTMLElement {
  const needs = alertList(words, perform);
  const shown = figures(words);
  const question = asking(health, words, complain);
  const polling = poll(look, signal);
  let isLost = false;

  async function look(): Promise<void> {
    try {
      const [report, alerts] = await Promise.all([health.report(), health.alerts()]);
      if (signal.aborted) return;
      shown.show(report, alerts);
      needs.show(alerts);
      if (isLost) alarm("");
      isLost = false;
    } catch (error) {
      if (signal.aborted) return;
      isLost = true;
      complain(error);
    }
  }

  const actions: Record<Action, (alert: Alert) => Promise<void>> = {
    async replay({ about }) {
      const { outcome, detail } = await health.replay(about);
      if (outcome === "failed") alarm(words.stillFailed(detail ?? outcome));
      else notice(words.replayed(about));
    },
    explain: ({ about }) => question.about(about),
    async dismiss(alert) {
      const dismissal = await askWhy(alert, words);
      if (dismissal === null) return;
      await health.dismiss(alert, dismissal.actor, dismissal.why);
      notice(words.dismissed);
    },
  };

  async function perform(action: Action, alert: Alert): Promise<void> {
    alarm("");
    await actions[action](alert).catch(complain);
    polling.now();
  }

  function complain(error: unknown): void {
    alarm(words.problems[codeOf(error)] ?? words.failed);
  }

  return h("div", {}, shown.status, needs.element, shown.element, question.element);
}
