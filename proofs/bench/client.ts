/** Controls a load generator that runs in its own process. */

import type { ClientPlan, Order } from "./client_process.ts";
import type { Stretch } from "./load.ts";

/** A warm client, idle until it is asked. */
export interface Client extends AsyncDisposable {
  /** Generates load. */
  run(order: Order): Promise<Stretch>;
}

/** Starts one in its own process and waits until its target is warm. */
export async function startClient(plan: ClientPlan): Promise<Client> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--allow-all"],
      new URL("./client_process.ts", import.meta.url).href,
      JSON.stringify(plan),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const orders = child.stdin.getWriter();
  const lines = readLines(child.stdout);

  async function nextAnswer(): Promise<unknown> {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the client of ${plan.target.kind} ended: its output is above`);
    return JSON.parse(value);
  }
  const client: Client = {
    async run(order) {
      await orders.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
      return await nextAnswer() as Stretch;
    },
    async [Symbol.asyncDispose]() {
      await orders.close().catch(() => {}); // it may have ended already
      await child.status;
    },
  };
  await nextAnswer();
  return client;
}

async function* readLines(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + text).split("\n");
    rest = complete.pop() ?? "";
    yield* complete;
  }
}
