import { h } from "../kit/html.ts";
import type { Report } from "./health.ts";
import { inSeconds } from "./durations.ts";
import { inPercent } from "./shares.ts";
import type { Words } from "./words.ts";

/** The current figures with their names. Those that should be zero stand out if they are not. */
export function tiles(report: Report, words: Words): HTMLElement {
  const { last_day: day, deliveries, latencies } = report;
  const { language } = words;
  const list = h("dl", { className: "tiles" });
  const add = (name: string, value: string, isBad = false) => list.append(tile(name, value, isBad));

  const success = inPercent(deliveries.success_rate, language);
  add(words.tiles.success, success, report.refusal !== null);
  add(words.tiles.events, day.events.toLocaleString(language));
  add(words.tiles.failed, day.failed.toLocaleString(language), day.failed > 0);
  add(words.tiles.lag, inSeconds(day.lag_p50, language));
  add(words.tiles.slowest, inSeconds(day.lag_p99, language));
  for (const [name, count] of waiting(report)) {
    add(words.tiles[name], count.toLocaleString(language), count > 0);
  }
  for (const [route, { p95 }] of Object.entries(latencies)) {
    add(words.latency(route), inSeconds(p95 / 1_000, language));
  }
  return list;
}

function waiting(report: Report) {
  return [
    ["pending", report.pending_reads],
    ["buyers", report.purchases_without_buyer],
    ["tokens", report.tokens_without_owner],
  ] as const;
}

function tile(name: string, value: string, isBad: boolean): HTMLElement {
  return h(
    "div",
    { className: isBad ? "tile bad" : "tile" },
    h("dt", {}, name),
    h("dd", {}, value),
  );
}
