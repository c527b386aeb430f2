/**
 * Sends a signed Stripe event to the running stack and prints what the webhook answers.
 *
 *     deno task stripe checkout.session.completed --user bob@example.com --module whisper
 *     deno task stripe refund.created             --user bob@example.com --module whisper
 *     deno task stripe customer.subscription.updated --price price_studio_monthly --status past_due
 *
 * The ids follow from who buys what, so that events of one purchase belong together; `--number 2`
 * is another purchase of the same. `--id evt_…` sends the same event again. `--env` names the file of
 * another stack than the usual.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { LOCAL_ENV, readLocalEnv } from "../../local/local_env.ts";
import { Complaint, runProgram, say } from "../../local/terminal.ts";
import { findBuyer, type Wish } from "./options.ts";
import { buildEvent, EVENT_TYPES } from "./story.ts";
import { deliver } from "../../stripe/events.ts";
import { task } from "../../diagnosis/task_command.ts";

async function sendEvent(): Promise<number> {
  const { type, wish, file } = readWish(Deno.args);
  const env = await readLocalEnv(file);
  const event = buildEvent(type, wish, await findBuyer(env.DB_URL, wish));

  const endpoint = `${env.FUNCTIONS_URL}/stripe-webhook`;
  const response = await deliver(endpoint, env.STRIPE_WEBHOOK_SECRET, event).catch(() => {
    throw new Complaint(`nobody listens at ${endpoint}: start the stack with ${task("dev")}`);
  });
  say(`${event.id} ${event.type} about ${event.data.object.id}`);
  say(`${response.status} ${await response.text()}`);
  return response.ok ? 0 : 1;
}

function readWish(args: string[]): { type: string; wish: Wish; file: string } {
  const { values, positionals } = parse(args);
  const [type] = positionals;
  if (type === undefined) {
    throw new Complaint(`which event? One of:\n  ${EVENT_TYPES.join("\n  ")}`);
  }
  if (!EVENT_TYPES.includes(type)) {
    throw new Complaint(`no such event here: ${type}. There are:\n  ${EVENT_TYPES.join("\n  ")}`);
  }
  const { user, module, price, status, id, amount, number } = values;
  return {
    type,
    file: values.env,
    wish: {
      user,
      module,
      number: whole("--number", number),
      ...price === undefined ? {} : { price },
      ...status === undefined ? {} : { status },
      ...id === undefined ? {} : { id },
      ...amount === undefined ? {} : { amount: whole("--amount", amount) },
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        user: { type: "string", default: "ada@example.com" },
        module: { type: "string", default: "stable-diffusion" },
        price: { type: "string" },
        amount: { type: "string" },
        status: { type: "string" },
        number: { type: "string", default: "1" },
        id: { type: "string" },
        env: { type: "string", default: LOCAL_ENV },
      },
    });
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

function whole(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Complaint(`${flag} takes a whole number, not ${text}`);
  return Number(text);
}

if (import.meta.main) await runProgram(sendEvent);
