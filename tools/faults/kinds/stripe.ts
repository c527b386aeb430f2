import { newId } from "../../stripe_events.ts";
import type { WebhookEndpoint } from "../../../local/stripe/objects.ts";
import { stripeOf } from "../../doctor/open_project.ts";
import type { Member } from "../../e2e/stage.ts";
import type { Fault } from "../fault.ts";
import type { Patient } from "../patient.ts";

/** Who bought while nobody listened. */
let unheard: Member;

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
    title: "Stripe takes the key no longer",
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
