import { h } from "../kit/html.ts";
import { barChart } from "./chart.ts";
import type { Alert, Report } from "./health.ts";
import { refusals } from "./refusals.ts";
import { type Bar, daysOf, hoursOf } from "./series.ts";
import { tiles } from "./tiles.ts";
import type { Words } from "./words.ts";

/** The state in one sentence, the figures, and the charts. */
export function figures(words: Words) {
  const status = h("p", { id: "status", className: "status" });
  const body = h("div");
  const element = h("section", { id: "figures" }, h("h2", {}, words.figures), body);

  function show(report: Report, alerts: Alert[]): void {
    const state = stateOf(report, alerts);
    status.textContent = inWords(state, report, alerts, words);
    status.dataset.state = state;
    const now = Date.now();
    const refused = refusals(report, words);
    body.replaceChildren(
      tiles(report, words),
      ...refused === null ? [] : [refused],
      hoursChart(hoursOf(report, now), words),
      daysChart(daysOf(report, now), words),
    );
  }
  return { status, element, show };
}

/** The state of the project. Notices alone do not need an operator. */
function stateOf({ troubles }: Report, alerts: Alert[]): "troubled" | "needed" | "well" {
  if (troubles.length > 0) return "troubled";
  return alerts.some(({ severity }) => severity !== "notice") ? "needed" : "well";
}

function inWords(state: string, { troubles }: Report, alerts: Alert[], words: Words): string {
  if (state === "troubled") return troubles.map((code) => words.troubled[code] ?? code).join(" · ");
  return state === "needed" ? words.needed(alerts.length) : words.well;
}

function hoursChart(bars: Bar[], words: Words): HTMLElement {
  const hour = new Intl.DateTimeFormat(words.language, { timeStyle: "short" });
  return captioned(
    words.hours,
    legend(words.hoursLegend, bars),
    barChart(bars, {
      label: words.hoursLabel(...sums(bars)),
      tip: ({ at, good, bad }) =>
        `${hour.format(at)} · ${labelsOf(words.hoursLegend, good, bad).join(", ")}`,
      ends: endsOf(bars, hour),
    }),
  );
}

function daysChart(bars: Bar[], words: Words): HTMLElement {
  // The database counts days in UTC.
  const day = new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeZone: "UTC" });
  return captioned(
    words.days,
    legend(words.daysLegend, bars),
    barChart(bars, {
      label: words.daysLabel(...sums(bars)),
      tip: ({ at, good, bad }) =>
        `${day.format(at)} · ${labelsOf(words.daysLegend, good, bad).join(", ")}`,
      ends: endsOf(bars, day),
    }, true),
  );
}

function captioned(caption: string, ...rest: (HTMLElement | SVGElement)[]): HTMLElement {
  return h("figure", {}, h("figcaption", {}, caption), ...rest);
}

/** The meaning of each colour, with its total. Screen readers get it from the label of the chart. */
function legend(colours: Words["hoursLegend"], bars: Bar[]): HTMLElement {
  const [good, bad] = labelsOf(colours, ...sums(bars));
  const list = h(
    "p",
    { className: "legend" },
    h("span", { className: "good" }, good),
    h("span", { className: "bad" }, bad),
  );
  list.ariaHidden = "true";
  return list;
}

function labelsOf(
  [sayGood, sayBad]: Words["hoursLegend"],
  good: number,
  bad: number,
): [string, string] {
  return [sayGood(good), sayBad(bad)];
}

function sums(bars: Bar[]): [good: number, bad: number] {
  return bars.reduce(([good, bad], bar) => [good + bar.good, bad + bar.bad], [0, 0]);
}

function endsOf(bars: Bar[], format: Intl.DateTimeFormat): [string, string] {
  const [first, last] = [bars.at(0), bars.at(-1)];
  return [format.format(first?.at), format.format(last?.at)];
}
