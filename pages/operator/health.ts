import type { Config } from "../kit/config.ts";
import type { AlertSeverity } from "../../diagnosis/cause.ts";
import type { Known } from "../../diagnosis/fill_command.ts";
import type { LinkName } from "../../diagnosis/links.ts";
import { Problem } from "../kit/problem.ts";

/** What `health/report` answers; null is not known. */
export interface Report {
  troubles: string[];
  last_event_at: string | null;
  backlog_seconds: number;
  last_day: {
    events: number;
    failed: number;
    lag_p50: number | null;
    lag_p95: number | null;
    lag_p99: number | null;
  };
  deliveries: {
    /** The share of signed deliveries that was accepted; null: there were none. */
    success_rate: number | null;
    refusals: Refusal[];
  };
  /** Why signed deliveries are refused at present; null: none are. */
  refusal: { code: string } | null;
  pending_reads: number;
  purchases_without_buyer: number;
  tokens_without_owner: number;
  latencies: Record<string, { calls: number; p50: number; p95: number; p99: number }>;
  /** Only hours and days with events or changes, in UTC. */
  events_by_hour: { hour: string; events: number; failed: number }[];
  access_by_day: { day: string; opened: number; closed: number }[];
}

/** Requests of one kind that the webhook refused in the last day. */
export interface Refusal {
  kind: string;
  /** Whether they had a signature in Stripe's format. */
  signed: boolean;
  calls: number;
  cause: string | null;
}

/** Something that an operator has to look at. */
export interface Alert {
  kind: string;
  about: string;
  severity: AlertSeverity;
  times: number;
  first_seen: string;
  /** The values for the command of the fix. */
  known: Known;
}

/** A link of the chain from a payment to the page. */
export interface Link {
  link: LinkName;
  state: "holds" | "broken" | "beside";
  code: string | null;
  detail: string | null;
  known: Known | null;
}

/** Which user an id leads to; a code says why there is none. */
export interface About {
  user_ref: string | null;
  module: string | null;
  code: string | null;
  detail: string | null;
  known: Known | null;
}

/** What an operator asks of the function `health`; a refusal throws a `Problem`. */
export interface Health {
  /** The schema with Sesame's tables and functions, for printed SQL. */
  schema: string;
  report(): Promise<Report>;
  /** Refreshes the alerts first, so that they do not depend on cron. Sends none: cron does. */
  alerts(): Promise<Alert[]>;
  replay(eventId: string): Promise<{ outcome: string; detail: string | null }>;
  dismiss(alert: Alert, actor: string, why: string): Promise<void>;
  explain(user: string, module: string): Promise<Link[]>;
  find(reference: string): Promise<About[]>;
}

/** Calls the function with the secret key. */
export function health(
  { apiUrl, functionsPrefix, schema }: Pick<Config, "apiUrl" | "functionsPrefix" | "schema">,
  key: string,
): Health {
  async function ask<Answer>(path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${apiUrl}/functions/v1/${functionsPrefix}health/${path}`, {
      // As a bearer token: Supabase refuses secret keys from browsers in the header `apikey`.
      headers: { authorization: `Bearer ${key}` },
      ...body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Problem(said.code ?? "unknown", said);
    return said;
  }
  return {
    schema,
    report: () => ask("report"),
    async alerts() {
      await ask("alerts", { tell: false });
      return (await ask<{ alerts: Alert[] }>("alerts")).alerts;
    },
    replay: (event_id) => ask("replay", { event_id }),
    async dismiss({ kind, about }, actor, why) {
      await ask("dismiss", { kind, about, actor, why });
    },
    explain: async (user, module) =>
      (await ask<{ links: Link[] }>("explain", { user, module })).links,
    find: async (reference) => (await ask<{ about: About[] }>("explain", { reference })).about,
  };
}
