import { h } from "../kit/html.ts";
import { notice, showError } from "../kit/notices.ts";
import { poll } from "../kit/poll.ts";
import { codeOf } from "../kit/problem.ts";
import type { Action } from "./alert_card.ts";
import { alertList } from "./alert_list.ts";
import { explainPanel } from "./explain_panel.ts";
import { askWhy } from "./dismiss_dialog.ts";
import { figures } from "./figures.ts";
import type { Alert, Health } from "./health.ts";
import type { Words } from "./words.ts";

/** The operator's page: the alerts, the figures and the search, until `signal` aborts. */
export function operatorPage(health: Health, words: Words, signal: AbortSignal): HTMLElement {
  const alertsShown = alertList(words, health.schema, perform);
  const figuresShown = figures(words);
  const panel = explainPanel(health, words, showProblem);
  const polling = poll(read, signal);
  let isLost = false;

  async function read(): Promise<void> {
    try {
      const [report, alerts] = await Promise.all([health.report(), health.alerts()]);
      if (signal.aborted) return;
      figuresShown.show(report, alerts);
      alertsShown.show(alerts);
      if (isLost) showError("");
      isLost = false;
    } catch (error) {
      if (signal.aborted) return;
      isLost = true;
      showProblem(error);
    }
  }

  const actions: Record<Action, (alert: Alert) => Promise<void>> = {
    async replay({ about }) {
      const { outcome, detail } = await health.replay(about);
      if (outcome === "failed") showError(words.stillFailed(detail ?? outcome));
      else notice(words.replayed(about));
    },
    explain: ({ about }) => panel.about(about),
    async dismiss(alert) {
      const dismissal = await askWhy(alert, words);
      if (dismissal === null) return;
      await health.dismiss(alert, dismissal.actor, dismissal.why);
      notice(words.dismissed);
    },
  };

  async function perform(action: Action, alert: Alert): Promise<void> {
    showError("");
    await actions[action](alert).catch(showProblem);
    polling.now();
  }

  function showProblem(error: unknown): void {
    showError(words.problems[codeOf(error)] ?? words.failed);
  }

  return h(
    "div",
    {},
    figuresShown.status,
    alertsShown.element,
    figuresShown.element,
    panel.element,
  );
}
