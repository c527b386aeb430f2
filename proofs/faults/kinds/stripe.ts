import { passed } from "../../../supabase/functions/_shared/passed.ts";
import { deliver, newId } from "../../../stripe/events.ts";
import type { WebhookEndpoint } from "../../../local/stripe/objects.ts";
import { stripeOf } from "../../../cli/doctor/open_project.ts";
import { webhookUrl } from "../../../cli/doctor/project.ts";
import type { Member } from "../../e2e/stage.ts";
import { type Fault, inSql } from "../fault.ts";
import type { Patient } from "../patient.ts";

/** Who bought while nobody listened. */
let unheard: Member;

/** Nothing was ever refused. */
const FORGET = "delete from sesame.deliveries";

export const STRIPE_FAULTS: readonly Fault[] = [
  atEndpoint("the endpoint is disabled", "endpoint_disabled", () => ({ status: "disabled" })),
  atEndpoint("the endpoint is at another address", "endpoint_wrong_url", () => ({
    url: "https://old.example.com/functions/v1/stripe-webhook",
  })),
  atEndpoint("a needed event is not listened to", "event_types_missing", (endpoint) => ({
    enabled_events: endpoint.enabled_events.filter((type) => type !== "refund.created"),
  })),
  {
    title: "events that somebody else may need",
    code: "event_types_superfluous",
    strike: (patient) => Promise.resolve(endpointOf(patient).enabled_events.push("payout.paid")),
    relieve: (patient) => Promise.resolve(endpointOf(patient).enabled_events.pop()),
  },
  {
    title: "there is no endpoint",
    code: "endpoint_missing",
    strike: (patient) => Promise.resolve(patient.stack.stripe.store.remove(endpointOf(patient).id)),
  },
  {
    title: "the endpoint is there twice",
    code: "endpoint_duplicate",
    strike: (patient) =>
      Promise.resolve(
        patient.stack.stripe.store.put({ ...endpointOf(patient), id: newId("we_twice") }),
      ),
    relieve: (patient) => Promise.resolve(removeEndpoints(patient, "we_twice")),
  },
  {
    title: "the old site's endpoint listens as well",
    code: "endpoint_other",
    strike: (patient) =>
      Promise.resolve(
        patient.stack.stripe.store.put({
          ...endpointOf(patient),
          id: newId("we_old"),
          url: "https://iahome.fr/api/webhooks/stripe",
        }),
      ),
    relieve: (patient) => Promise.resolve(removeEndpoints(patient, "we_old")),
  },
  {
    title: "the endpoint speaks a very old version",
    code: "endpoint_too_old",
    strike: (patient) =>
      Promise.resolve(Object.assign(endpointOf(patient), { api_version: "2015-10-16" })),
    relieve: (patient) =>
      Promise.resolve(Object.assign(endpointOf(patient), { api_version: null })),
  },
  {
    title: "Stripe's clock and ours lie apart",
    code: "clock_skew",
    strike: ({ stack }) => Promise.resolve(stack.stripe.pass(600)),
    relieve: ({ stack }) => Promise.resolve(stack.stripe.pass(-600)),
  },
  {
    title: "an event was never delivered",
    code: "event_never_arrived",
    async strike({ sale, stack }) {
      const { event, buyer } = await sale();
      unheard = buyer;
      // deno-lint-ignore no-explicit-any -- the stand-in keeps of an object what somebody reads
      stack.stripe.store.put({ ...event, pending_webhooks: 1 } as any);
    },
    gains: () => unheard,
  },
  {
    title: "Stripe has long been silent",
    code: "webhook_silent",
    strike: ({ sql }) => sql.unsafe(SILENCE),
    relieve: async ({ sql, sale, send }) => {
      await send((await sale()).event);
      await sql`delete from sesame.stripe_events where id like 'evt_rhythm_%'`;
    },
  },
  {
    title: "the endpoint signs with another secret",
    code: "webhook_refused_secret",
    strike: signWithAnother,
    relieve: ({ sql }) => sql.unsafe(FORGET),
  },
  refused("another endpoint sends here", "webhook_refused_endpoint", "no_match", "connect_secret"),
  refused("a proxy writes bodies anew", "webhook_refused_body", "no_match", "body_changed"),
  refused("deliveries come too late", "webhook_refused_clock", "out_of_time", "clock"),
  refused("deliveries are too large", "webhook_refused", "too_large", "unknown"),
  {
    title: "Stripe no longer accepts the key",
    code: "stripe_key_refused",
    strike: (patient) => Promise.resolve(useKey(patient, "sk_test_withdrawn")),
    relieve: (patient) => Promise.resolve(useKey(patient, patient.stack.stripeSecretKey)),
  },
];

/** An event every five minutes, and then none for five hours. */
const SILENCE = `
  update sesame.stripe_events set received_at = received_at - interval '1 day';
  insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
  select 'evt_rhythm_' || n, 'x', now(), now() - interval '5 hours' - n * interval '5 minutes',
    false, '', 'ignored', '{}'
  from generate_series(1, 200) as n`;

/** As the function tells it after a hundred such deliveries. */
function refused(title: string, code: string, kind: string, cause: string): Fault {
  const figures = JSON.stringify({ deliveries: [{ kind, cause, calls: 100 }] });
  return inSql(title, code, `select public.sesame_record_figures('${figures}')`, FORGET);
}

/** Until the function has written down that it refused them. */
async function signWithAnother({ project, sale, sql }: Patient): Promise<void> {
  await passed(5_200); // one delivery in five seconds is looked at
  await sql.unsafe(FORGET);
  const { event } = await sale();
  for (let delivery = 0; delivery < 10; delivery++) {
    const response = await deliver(webhookUrl(project), "whsec_of_another", event);
    await response.body?.cancel();
  }
  for (const until = performance.now() + 15_000; performance.now() < until; await passed(200)) {
    if ((await sql`select from sesame.webhook_refusal()`).length > 0) return;
  }
  throw new Error("it was never written down");
}

function useKey({ project, stack }: Patient, key: string): void {
  const env: Record<string, string> = {
    STRIPE_SECRET_KEY: key,
    STRIPE_API_BASE: stack.stripe.url,
  };
  project.stripe = stripeOf((name) => env[name]);
}

function atEndpoint(
  title: string,
  code: string,
  change: (endpoint: WebhookEndpoint) => Partial<WebhookEndpoint>,
): Fault {
  return {
    title,
    code,
    strike(patient) {
      const endpoint = endpointOf(patient);
      return Promise.resolve(Object.assign(endpoint, change(endpoint)));
    },
  };
}

function removeEndpoints({ stack: { stripe: { store } } }: Patient, beginning: string): void {
  store.all("webhook_endpoint").filter(({ id }) => id.startsWith(beginning))
    .forEach(({ id }) => store.remove(id));
}

/** The oldest: that whose secret the functions have. */
function endpointOf({ stack }: Patient): WebhookEndpoint {
  const endpoint = stack.stripe.store.all("webhook_endpoint").at(-1);
  if (endpoint === undefined) throw new Error("there is no endpoint to break");
  return endpoint;
}
