import { delay } from "../../../supabase/functions/_shared/delay.ts";
import { deliver, newId } from "../../../stripe/events.ts";
import type { WebhookEndpoint } from "../../../local/stripe/objects.ts";
import type { Code } from "../../../diagnosis/codes.ts";
import { stripeOf } from "../../../cli/doctor/open_project.ts";
import { webhookUrl } from "../../../cli/doctor/project.ts";
import type { Member } from "../../e2e/stage.ts";
import { type Fault, inSql } from "../fault.ts";
import type { TestSite } from "../test_site.ts";

/** The buyer of the undelivered event. */
let lateBuyer: Member;

/** Deletes all refusals. */
const FORGET = "delete from sesame.deliveries";

export const STRIPE_FAULTS: readonly Fault[] = [
  atEndpoint("the endpoint is disabled", "endpoint_disabled", () => ({ status: "disabled" })),
  atEndpoint("the endpoint is at another address", "endpoint_wrong_url", () => ({
    url: "https://old.example.com/functions/v1/stripe-webhook",
  })),
  atEndpoint(
    "the endpoint does not listen to a needed event",
    "event_types_missing",
    (endpoint) => ({
      enabled_events: endpoint.enabled_events.filter((type) => type !== "refund.created"),
    }),
  ),
  {
    title: "events that another tool may need",
    code: "event_types_superfluous",
    breakIt: (site) => Promise.resolve(endpointOf(site).enabled_events.push("payout.paid")),
    repair: (site) => Promise.resolve(endpointOf(site).enabled_events.pop()),
  },
  {
    title: "there is no endpoint",
    code: "endpoint_missing",
    breakIt: (site) => Promise.resolve(site.stack.stripe.store.remove(endpointOf(site).id)),
  },
  {
    title: "the endpoint exists twice",
    code: "endpoint_duplicate",
    breakIt: (site) =>
      Promise.resolve(
        site.stack.stripe.store.put({ ...endpointOf(site), id: newId("we_twice") }),
      ),
    repair: (site) => Promise.resolve(removeEndpoints(site, "we_twice")),
  },
  {
    title: "the old site's endpoint listens as well",
    code: "endpoint_other",
    breakIt: (site) =>
      Promise.resolve(
        site.stack.stripe.store.put({
          ...endpointOf(site),
          id: newId("we_old"),
          url: "https://iahome.fr/api/webhooks/stripe",
        }),
      ),
    repair: (site) => Promise.resolve(removeEndpoints(site, "we_old")),
  },
  {
    title: "the endpoint uses a very old API version",
    code: "endpoint_too_old",
    breakIt: (site) =>
      Promise.resolve(Object.assign(endpointOf(site), { api_version: "2015-10-16" })),
    repair: (site) => Promise.resolve(Object.assign(endpointOf(site), { api_version: null })),
  },
  {
    title: "Stripe's clock and ours differ",
    code: "clock_skew",
    breakIt: ({ stack }) => Promise.resolve(stack.stripe.pass(600)),
    repair: ({ stack }) => Promise.resolve(stack.stripe.pass(-600)),
  },
  {
    title: "an event was never delivered",
    code: "event_never_arrived",
    async breakIt({ sale, stack }) {
      const { event, buyer } = await sale();
      lateBuyer = buyer;
      // deno-lint-ignore no-explicit-any -- the stand-in keeps any object
      stack.stripe.store.put({ ...event, pending_webhooks: 1 } as any);
    },
    buyer: () => lateBuyer,
  },
  {
    title: "Stripe has sent nothing for a long time",
    code: "webhook_silent",
    breakIt: ({ sql }) => sql.unsafe(SILENCE),
    repair: async ({ sql, sale, send }) => {
      await send((await sale()).event);
      await sql`delete from sesame.stripe_events where id like 'evt_rhythm_%'`;
    },
  },
  {
    title: "the endpoint signs with another secret",
    code: "webhook_refused_secret",
    breakIt: signWithAnother,
    repair: ({ sql }) => sql.unsafe(FORGET),
  },
  refused("another endpoint sends here", "webhook_refused_endpoint", "no_match", "connect_secret"),
  refused("a proxy changes bodies", "webhook_refused_body", "no_match", "body_changed"),
  refused("deliveries come too late", "webhook_refused_clock", "out_of_time", "clock"),
  refused("deliveries are too large", "webhook_refused", "too_large", "unknown"),
  {
    title: "Stripe no longer accepts the key",
    code: "stripe_key_refused",
    breakIt: (site) => Promise.resolve(useKey(site, "sk_test_withdrawn")),
    repair: (site) => Promise.resolve(useKey(site, site.stack.stripeSecretKey)),
  },
];

/** An event every five minutes, and then none for five hours. */
const SILENCE = `
  update sesame.stripe_events set received_at = received_at - interval '1 day';
  insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
  select 'evt_rhythm_' || n, 'x', now(), now() - interval '5 hours' - n * interval '5 minutes',
    false, '', 'ignored', '{}'
  from generate_series(1, 200) as n`;

/** As the function records it after a hundred such deliveries. */
function refused(title: string, code: Code, kind: string, cause: string): Fault {
  const figures = JSON.stringify({ deliveries: [{ kind, cause, calls: 100 }] });
  return inSql(title, code, `select public.sesame_record_figures('${figures}')`, FORGET);
}

/** Waits until the function has recorded that it refused them. */
async function signWithAnother({ project, sale, sql }: TestSite): Promise<void> {
  await delay(5_200); // one delivery in five seconds is examined
  await sql.unsafe(FORGET);
  const { event } = await sale();
  for (let delivery = 0; delivery < 10; delivery++) {
    const response = await deliver(webhookUrl(project), "whsec_of_another", event);
    await response.body?.cancel();
  }
  for (const until = performance.now() + 15_000; performance.now() < until; await delay(200)) {
    if ((await sql`select from sesame.webhook_refusal()`).length > 0) return;
  }
  throw new Error("the refusals were not recorded");
}

function useKey({ project, stack }: TestSite, key: string): void {
  const env: Record<string, string> = {
    STRIPE_SECRET_KEY: key,
    STRIPE_API_BASE: stack.stripe.url,
  };
  project.stripe = stripeOf((name) => env[name]);
}

function atEndpoint(
  title: string,
  code: Code,
  change: (endpoint: WebhookEndpoint) => Partial<WebhookEndpoint>,
): Fault {
  return {
    title,
    code,
    breakIt(site) {
      const endpoint = endpointOf(site);
      return Promise.resolve(Object.assign(endpoint, change(endpoint)));
    },
  };
}

function removeEndpoints({ stack: { stripe: { store } } }: TestSite, beginning: string): void {
  store.all("webhook_endpoint").filter(({ id }) => id.startsWith(beginning))
    .forEach(({ id }) => store.remove(id));
}

/** The oldest one: the functions have its secret. */
function endpointOf({ stack }: TestSite): WebhookEndpoint {
  const endpoint = stack.stripe.store.all("webhook_endpoint").at(-1);
  if (endpoint === undefined) throw new Error("there is no endpoint to break");
  return endpoint;
}
