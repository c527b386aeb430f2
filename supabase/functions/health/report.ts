import { at, type JsonObject, record } from "../_shared/facts/json.ts";
import type { CallRpc } from "../_shared/data_api.ts";
import { incompleteAnswer } from "../_shared/problem.ts";

/** The answer of `sesame_webhook_health`. */
export type Report = JsonObject & { troubles: string[] };

/** Reads the webhook's state from the database. */
export async function readReport(call: CallRpc): Promise<Report> {
  const report = record(await call("sesame_webhook_health", "{}"));
  const troubles = report?.troubles;
  if (report === null || !Array.isArray(troubles)) {
    throw incompleteAnswer();
  }
  return { ...report, troubles };
}

/** Where each figure stands in the report, what it is called, and what it means. */
const GAUGES: readonly [name: string, help: string, ...path: string[]][] = [
  ["events_last_day", "Events of the last day.", "last_day", "events"],
  [
    "events_failed_last_day",
    "Events of the last day that could not be applied.",
    "last_day",
    "failed",
  ],
  [
    "events_quarantined_last_day",
    "Events of the last day of another mode or account.",
    "last_day",
    "quarantined",
  ],
  [
    "deliveries_success_rate",
    "Accepted, out of all that carried Stripe's signature in the last day.",
    ...["deliveries", "success_rate"],
  ],
  ["lag_seconds_p50", "From Stripe's created to our commit.", "last_day", "lag_p50"],
  ["lag_seconds_p95", "From Stripe's created to our commit.", "last_day", "lag_p95"],
  ["lag_seconds_p99", "From Stripe's created to our commit.", "last_day", "lag_p99"],
  ["usual_silence_seconds", "The longest usual pause between events.", "usual_silence_seconds"],
  ["pending_reads", "Objects to read again from Stripe.", "pending_reads"],
  ["purchases_without_buyer", "Paid purchases without a known buyer.", "purchases_without_buyer"],
  ["backlog_seconds", "Age of the oldest event that could not be applied.", "backlog_seconds"],
  ["events_waiting", "Stored events that wait for the fold.", "waiting"],
  ["waiting_seconds", "Age of the oldest event that waits for the fold.", "waiting_seconds"],
  ["unfolded", "Objects that a large change left to be folded.", "unfolded", "left"],
  ["unfolded_failed", "Of these, objects that could not be folded.", "unfolded", "failed"],
  ["unfolded_seconds", "Age of the oldest of these objects.", "unfolded", "seconds"],
  ["webhooks_waiting", "Outgoing messages that wait.", "webhooks", "waiting"],
  ["webhooks_waiting_seconds", "Age of the oldest of them.", "webhooks", "waiting_seconds"],
  ["webhooks_failing", "Endpoints where the last attempt failed.", "webhooks", "failing"],
  ["webhooks_disabled", "Endpoints that are disabled.", "webhooks", "disabled"],
  ["inbox_events", "Events in the inbox, estimated.", "inbox", "events"],
  ["alerts_critical", "Critical alerts that are open.", "alerts", "critical"],
  ["alerts_warning", "Warnings that are open.", "alerts", "warning"],
  ["alerts_notice", "Notices that are open.", "alerts", "notice"],
  ["tokens_without_owner", "Tokens that wait for their owner.", "tokens_without_owner"],
];

/** The report in Prometheus' text format, without the unknown values. */
export function inPrometheusText(report: Report): string {
  const gauges = GAUGES.flatMap(([name, help, ...path]) =>
    metric(name, help, [["", at(report, ...path)]])
  );
  const troubles = metric("troubles", "Current troubles.", [["", report.troubles.length]]);
  return [
    ...gauges,
    ...inboxBytes(report),
    ...deliveries(report),
    ...latencies(report),
    ...troubles,
    "",
  ].join("\n");
}

type Sample = [labels: string, value: unknown];

function inboxBytes(report: Report): string[] {
  const parts = ["body", "row", "index"].map((part): Sample => [
    `{part="${part}"}`,
    at(report, "inbox", `${part}_bytes`),
  ]);
  return metric("inbox_bytes", "The inbox on disk.", parts);
}

const QUANTILES = { p50: "0.5", p95: "0.95", p99: "0.99" };

const OUTCOMES = ["accepted", "failed", "refused", "unsigned"];

function deliveries(report: Report): string[] {
  const outcomes = OUTCOMES.map((outcome): Sample => [
    `{outcome="${outcome}"}`,
    at(report, "deliveries", outcome),
  ]);
  const refusals = at(report, "deliveries", "refusals");
  const kinds = (Array.isArray(refusals) ? refusals : []).map((refusal): Sample => [
    `{kind="${at(refusal, "kind")}",cause="${at(refusal, "cause") ?? "unknown"}"}`,
    at(refusal, "calls"),
  ]);
  return [
    ...metric("deliveries_last_day", "Requests to the webhook in the last day.", outcomes),
    ...metric(
      "refusals_last_day",
      "Refused requests of the last day, with the likeliest cause.",
      kinds,
    ),
  ];
}

function latencies(report: Report): string[] {
  const routes = Object.entries(record(report.latencies) ?? {});
  const samples = routes.flatMap(([route, held]) =>
    Object.entries(QUANTILES).map(([name, quantile]): Sample => [
      `{route="${route}",quantile="${quantile}"}`,
      at(held, name),
    ])
  );
  return metric(
    "latency_milliseconds",
    "Upper bound of the latency of good answers, today and yesterday.",
    samples,
  );
}

function metric(name: string, help: string, samples: Sample[]): string[] {
  const known = samples.filter(([, value]) => typeof value === "number");
  if (known.length === 0) return [];
  const metric = `sesame_${name}`;
  return [
    `# HELP ${metric} ${help}`,
    `# TYPE ${metric} gauge`,
    ...known.map(([labels, value]) => `${metric}${labels} ${value}`),
  ];
}
