/** A load generator, seen from the program that orders the load. */

import type { ClientPlan } from "./client_process.ts";
import type { Stretch } from "./load.ts";

/** A warm client, idle until it is asked. */
export interface Client extends AsyncDisposable {
  /** A stretch of load of so many seconds. */
  run(seconds: number): Promise<Stretch>;
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
    if (done) throw new Error(`the client of ${plan.target.kind} ended: its words are above`);
    return JSON.parse(value);
  }
  const client: Client = {
    async run(seconds) {
      await orders.write(new TextEncoder().encode(`${seconds}\n`));
      return await nextAnswer() as Stretch;
    },
    async [Symbol.asyncDispose]() {
      await orders.close().catch(() => {}); // it may have ended by itself
      await child.status;
    },
  };
  await nextAnswer();
  return client;
}

/** Several stretches as one. */
export function join(stretches: Stretch[]): Stretch {
  return {
    elapsed: stretches.reduce((sum, { elapsed }) => sum + elapsed, 0),
    latencies: stretches.flatMap(({ latencies }) => latencies),
  };
}

async function* readLines(output: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + text).split("\n");
    rest = complete.pop() ?? "";
    yield* complete;
  }
}
