/**
 * How long a function that was not running takes to its first verified answer. It needs no database, so only
 * the function itself counts: from its sources, and as a bundle.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { bootFunction } from "../../local/function_process.ts";
import { sign } from "../../stripe/events.ts";
import { bundleWebhook, type Code } from "./bundled.ts";
import { openHttpClient } from "./http_client.ts";
import { amount, formatTable, percentile } from "./table.ts";

const SECRET = "whsec_bench";

/** It reaches no network before an event is delivered. */
const ENV = {
  STRIPE_WEBHOOK_SECRET: SECRET,
  STRIPE_SECRET_KEY: "sk_test_bench",
  SUPABASE_URL: "http://127.0.0.1:9",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_bench"}',
};

/** A signed body that is no event is verified, and goes no further. */
const BODY = "{}";

const EMPTY = `export default {
  fetch: async (request) => (await request.text(), Response.json({ code: "not_an_event" })),
};\n`;

/** Milliseconds until the answer, and of CPU of the function until then. */
interface Start {
  wall: number;
  cpu: number;
}

/** This many starts of each. One more comes first and is not counted, because it fills Deno's cache. */
export async function measureVerifiedStart(count: number): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-bench-" });
  try {
    const ways = await waysIn(folder);
    const starts = new Map(Object.keys(ways).map((name) => [name, [] as Start[]]));
    for (let turn = 0; turn <= count; turn++) {
      for (const [name, way] of Object.entries(ways)) {
        const start = await startOnce(way);
        if (turn > 0) starts.get(name)?.push(start);
      }
    }
    return format(starts);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function waysIn(folder: string): Promise<Record<string, Code>> {
  const written = pathToFileURL(`${folder}/functions/`);
  await Deno.mkdir(new URL("empty", written), { recursive: true });
  await Deno.writeTextFile(new URL("empty/index.ts", written), EMPTY);
  return {
    "an empty function": { folder: written, name: "empty" },
    "stripe-webhook, its sources": {
      folder: new URL("../../supabase/functions/", import.meta.url),
      name: "stripe-webhook",
    },
    "stripe-webhook, bundled": await bundleWebhook(folder),
  };
}

async function startOnce(way: Code): Promise<Start> {
  const delivery = { body: BODY, signature: await sign(BODY, SECRET) };
  const began = performance.now();
  const running = await bootFunction({ ...way, env: ENV, log: () => {} });
  try {
    const postman = await openHttpClient(running.port);
    const { text } = await postman.post("/first", delivery);
    const wall = performance.now() - began;
    postman.close();
    const { code } = JSON.parse(text);
    if (code !== "not_an_event") throw new Error(`the first answer is ${text}`);
    return { wall, cpu: cpuOf(running.pid) };
  } finally {
    await running.stop();
  }
}

/**
 * Milliseconds that all threads of a process have run; NaN: not known, because this is not Linux. The clock
 * of `/proc/<pid>/stat` is too coarse.
 */
function cpuOf(pid: number): number {
  if (Deno.build.os !== "linux") return NaN;
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)];
  const nanoseconds = threads.map(({ name }) =>
    Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0])
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1_000_000;
}

function format(starts: Map<string, Start[]>): string {
  const middles = [...starts].map(([name, all]) => ({
    name,
    wall: percentile(all.map(({ wall }) => wall), 0.5),
    cpu: percentile(all.map(({ cpu }) => cpu), 0.5),
  }));
  const empty = middles[0] ?? { wall: NaN, cpu: NaN };
  const rows = middles.map(({ name, wall, cpu }) => [
    ...[name, amount(wall), amount(wall - empty.wall), amount(cpu), amount(cpu - empty.cpu)],
  ]);
  return formatTable(["function", "median ms", "added ms", "CPU ms", "added CPU ms"], rows);
}
