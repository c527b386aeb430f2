/** Receivers of outgoing webhooks, and processes that send them, for the end-to-end tests. */

import { Webhook } from "standardwebhooks";
import { bootFunction } from "../../local/function_process.ts";
import { platformEnv } from "../../local/functions_env.ts";
import type { Stage } from "./stage.ts";

/** A message as its receiver verified it. */
export interface Received {
  id: string;
  type: string;
  data: {
    user_id: string;
    module: string;
    is_active: boolean;
    expires_at: string | null;
    former: Record<string, unknown> | null;
  };
}

/** A server of the site that verifies each message with the library of Standard Webhooks. */
export interface Receiver extends AsyncDisposable {
  endpoint: string;
  /** All verified messages in the order of their arrival, repeated ones too. */
  received: Received[];
  /** How many messages could not be verified. */
  forged: number;
  /** What it verifies with from now on. */
  secret: string;
}

/** Opens a receiver, and an endpoint for it. `answer` gives the status of each message. */
export async function openReceiver(
  { stack, sql }: Stage,
  answer: (message: Received) => number | Promise<number> = () => 200,
  types: string[] | null = null,
): Promise<Receiver> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const headers = Object.fromEntries(request.headers);
      try {
        const verified = new Webhook(receiver.secret).verify(await request.text(), headers);
        const message = { id: headers["webhook-id"], ...verified as object } as Received;
        receiver.received.push(message);
        return new Response(null, { status: await answer(message) });
      } catch {
        receiver.forged++;
        return new Response(null, { status: 400 });
      }
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/hook`;
  const [created] = await sql`
    select endpoint_id, secret
    from public.sesame_create_webhook_endpoint(${url}, ${stack.apiUrl}, ${types})`;
  const receiver: Receiver = {
    endpoint: created?.endpoint_id,
    secret: created?.secret,
    received: [],
    forged: 0,
    async [Symbol.asyncDispose]() {
      await sql`
        delete from sesame.webhook_endpoints where id = ${receiver.endpoint}`;
      await server.shutdown();
    },
  };
  return receiver;
}

/** One more sender, in a process of its own. */
export interface Sender extends AsyncDisposable {
  /** Sends what is due. Null: it was killed meanwhile. */
  send(): Promise<{ delivered: number; failed: number } | null>;
  kill(): Promise<void>;
}

export async function bootSender({ stack, functions }: Stage): Promise<Sender> {
  const { port, kill } = await bootFunction({
    folder: functions,
    name: "health",
    env: platformEnv(stack.apiUrl, stack.dbUrl, stack),
    log() {},
  });
  return {
    kill,
    send: () => askToSend(`http://127.0.0.1:${port}/health/webhooks`, stack.secretKey),
    [Symbol.asyncDispose]: kill,
  };
}

async function askToSend(url: string, apikey: string) {
  try {
    const answer = await fetch(url, { method: "POST", headers: { apikey }, body: "{}" });
    return await answer.json();
  } catch {
    return null;
  }
}

/** Lets the pauses after failures pass at once. What a sender holds stays with it. */
export async function skipPauses({ sql }: Stage): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`select from sesame.webhook_endpoints order by id for no key update`;
    await transaction`
      update sesame.webhook_deliveries as delivery set next_try = clock_timestamp()
      where delivery.next_try > clock_timestamp() and exists (
        select from sesame.webhook_attempts as tried
        where (tried.endpoint_id, tried.message_id, tried.attempt)
          = (delivery.endpoint_id, delivery.message_id, delivery.attempts)
      )`;
  });
}
