/** `stripe`: sends a signed Stripe event to the running stack. */

import { deliver } from "../../stripe/events.ts";
import { task } from "../../diagnosis/task_command.ts";
import { LOCAL_ENV, readLocalEnv } from "../../local/local_env.ts";
import { say, UserError } from "../../local/terminal.ts";
import { projectSchema } from "../environment.ts";
import { command } from "../frame.ts";
import { stackFile, value, whole, withDefault } from "../options.ts";
import { functionUrl } from "../project/function_url.ts";
import { type EventOptions, findBuyer } from "./buyer.ts";
import { buildEvent, EVENT_TYPES } from "./story.ts";

export const stripe = command({
  name: "stripe",
  summary: "Send a signed Stripe event to the running stack, and print the webhook's answer",
  details:
    "The ids follow from the user and what they buy, so that events of one purchase belong together.\n\n" +
    `<type> is one of:\n${EVENT_TYPES.map((type) => `  ${type}`).join("\n")}`,
  arguments: "<type>",
  options: {
    user: value(
      "<id|e-mail>",
      "the member who buys; without it, ada@example.com or else your first member",
    ),
    module: value(
      "<slug>",
      "the module that is bought; without it, stable-diffusion or else your first module",
    ),
    price: value("<id>", "a price, which says what is bought in place of --module"),
    amount: value(
      "<number>",
      "of the refund or the subscription, in the currency's smallest unit",
      whole,
    ),
    status: value("<status>", "the object's status: past_due, pending, unpaid, …"),
    number: withDefault(value("<number>", "2 is another purchase of the same", whole), "1"),
    id: value("<evt_…>", "the event's id; the same one again is a duplicate"),
    stackFile: stackFile("the file in which the stack describes itself"),
  },
  renamed: { "--env": "--stack-file" },
  examples: [
    "checkout.session.completed --user bob@example.com --module whisper",
    "refund.created --user bob@example.com --module whisper",
    "customer.subscription.updated --price price_studio_monthly --status past_due",
  ],
  exitCodes: ["the webhook accepted the event", "it refused the event"],
  async run({ options: { stackFile, ...options }, words: [type = ""] }) {
    if (!EVENT_TYPES.includes(type)) {
      throw new UserError(
        `${type} is no event that can be sent; there are ${EVENT_TYPES.join(", ")}`,
      );
    }
    return await sendEvent(type, options, stackFile ?? LOCAL_ENV);
  },
});

async function sendEvent(type: string, options: EventOptions, file: string): Promise<number> {
  const env = await readLocalEnv(file);
  const buyer = await findBuyer(env.DB_URL, await projectSchema(), options);
  const event = buildEvent(type, options, buyer);
  const endpoint = functionUrl(
    { functionsUrl: env.FUNCTIONS_URL, functionsPrefix: env.FUNCTIONS_PREFIX ?? "" },
    "stripe-webhook",
  );
  const response = await deliver(endpoint, env.STRIPE_WEBHOOK_SECRET, event).catch(() => {
    throw new UserError(`${endpoint} does not answer: start the stack with ${task("dev")}`);
  });
  say(`${event.id} ${event.type} about ${event.data.object.id}`);
  say(`${response.status} ${await response.text()}`);
  return response.ok ? 0 : 1;
}

if (import.meta.main) await stripe.runAndExit();
