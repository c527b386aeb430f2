/** How long a function that was not running takes to acknowledge its first event. */

import { pathToFileURL } from "node:url";
import { bootFunction } from "../../local/function_process.ts";
import { bundleWebhook } from "./bundled.ts";
import { type Delivery, openHttpClient } from "./http_client.ts";
import type { Fleet } from "./fleet.ts";
import { openPeer } from "./peer.ts";
import { type Door, openSite, type Site } from "./site.ts";
import { storyEvents, takeEvents } from "./stories.ts";
import { amount, formatTable, percentile, ratio } from "./table.ts";
import { signatureOf } from "./signing.ts";
import { bodyOf } from "./targets.ts";

const EMPTY =
  `export default { fetch: async (request) => { await request.text(); return new Response("{}"); } };\n`;

/** This many starts of each. One more comes first and is not counted, because it fills Deno's cache. */
export async function measureColdStart(starts: number): Promise<string> {
  await using site = await openSite();
  await using peer = await openPeer(site);
  const folder = await makeEmptyFunction();
  try {
    const code = await bundleWebhook(folder);
    const boot = (door: Door, options = {}) => () =>
      startWebhook(site, () => site.bootWebhook(door, options));
    const ways = new Map<string, () => Promise<number>>([
      ["an empty function", () => startEmpty(folder)],
      ["Sesame, Data API stand-in", boot("api")],
      ["Sesame, Data API stand-in, bundled", boot("api", { code })],
      ["Sesame, direct door", boot("direct")],
      ["Sesame, direct door, bundled", boot("direct", { code })],
      [peer.name, () => startWebhook(site, peer.boot)],
      [`${peer.name}, bundled`, () => startWebhook(site, peer.bootBundled)],
    ]);
    const times = new Map([...ways.keys()].map((name) => [name, [] as number[]]));
    for (let turn = 0; turn <= starts; turn++) {
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
    folder: pathToFileURL(`${folder}/functions/`),
    name: "empty",
    env: {},
    log: () => {},
  });
  const time = await firstAnswer(running.port, { body: "{}", signature: "" }, start);
  await running.stop();
  return time;
}

async function startWebhook(site: Site, boot: () => Promise<Fleet>): Promise<number> {
  const delivery = makeDelivery(site);
  const start = performance.now();
  await using webhook = await boot();
  return await firstAnswer(webhook.target.ports[0]!, delivery, start);
}

async function firstAnswer(port: number, delivery: Delivery, start: number): Promise<number> {
  const postman = await openHttpClient(port);
  const { status, text } = await postman.post("/first", delivery);
  const time = performance.now() - start;
  postman.close();
  if (status !== 200 && status !== 202) throw new Error(`the first answer is ${status} ${text}`);
  return time;
}

function makeDelivery({ secret }: Site): Delivery {
  const [event] = takeEvents(storyEvents("checkout"), 1);
  const body = bodyOf(event!);
  return { body, signature: signatureOf(body, secret) };
}

async function makeEmptyFunction(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-bench-" });
  await Deno.mkdir(`${folder}/functions/empty`, { recursive: true });
  await Deno.writeTextFile(`${folder}/functions/empty/index.ts`, EMPTY);
  return folder;
}
