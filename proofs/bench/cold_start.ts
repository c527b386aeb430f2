/** How long a function that was not running takes to its first 200. */

import { pathToFileURL } from "node:url";
import { bootFunction } from "../../local/function_process.ts";
import { type Delivery, openHttpClient } from "./http_client.ts";
import { type Door, openSite, type Site } from "./site.ts";
import { takeEvents, tell } from "./stories.ts";
import { amount, formatTable, percentile, ratio } from "./table.ts";
import { openTarget } from "./targets.ts";

/** Starts of each; the first of all fills Deno's cache and is not counted. */
const STARTS = 5;

const EMPTY =
  `export default { fetch: async (request) => { await request.text(); return new Response("{}"); } };\n`;

export async function measureColdStart(): Promise<string> {
  await using site = await openSite();
  const folder = await makeEmptyFunction();
  try {
    const ways = new Map<string, () => Promise<number>>([
      ["an empty function", () => startEmpty(folder)],
      ["stripe-webhook, api", () => startWebhook(site, "api")],
      ["stripe-webhook, direct", () => startWebhook(site, "direct")],
    ]);
    const times = new Map([...ways.keys()].map((name) => [name, [] as number[]]));
    for (let turn = 0; turn <= STARTS; turn++) {
      for (const [name, start] of ways) {
        const time = await start();
        if (turn > 0) times.get(name)?.push(time);
      }
    }
    return format(times);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function format(times: Map<string, number[]>): string {
  const middles = [...times].map(([name, all]) => [name, percentile(all, 0.5)] as const);
  const empty = middles[0]?.[1] ?? NaN;
  const rows = middles.map(([name, middle]) => [
    ...[name, amount(middle), amount(middle - empty), ratio(middle, empty)],
  ]);
  return formatTable(["function", "median ms", "added ms", "/ empty"], rows);
}

async function startEmpty(folder: string): Promise<number> {
  const start = performance.now();
  const running = await bootFunction({
    folder: pathToFileURL(`${folder}/`),
    name: "empty",
    env: {},
    log: () => {},
  });
  const time = await firstAnswer(running.port, { body: "{}", signature: "" }, start);
  await running.stop();
  return time;
}

async function startWebhook(site: Site, door: Door): Promise<number> {
  const delivery = await prepareDelivery(site);
  const start = performance.now();
  await using webhook = await site.bootWebhook(door);
  return await firstAnswer(webhook.target.port, delivery, start);
}

async function firstAnswer(port: number, delivery: Delivery, start: number): Promise<number> {
  const postman = await openHttpClient(port);
  const { status, text } = await postman.post("/first", delivery);
  const time = performance.now() - start;
  postman.close();
  if (status !== 200) throw new Error(`the first answer is ${status} ${text}`);
  return time;
}

async function prepareDelivery({ secret }: Site): Promise<Delivery> {
  const { prepare } = openTarget({ kind: "webhook", port: 0, secret }, 0);
  const [event] = takeEvents(tell("checkout"), 1);
  return await prepare(event!);
}

async function makeEmptyFunction(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-bench-" });
  await Deno.mkdir(`${folder}/empty`);
  await Deno.writeTextFile(`${folder}/empty/index.ts`, EMPTY);
  return folder;
}
