/**
 * Serves one Edge Function, in a process of its own: `function_server.ts <url of its index.ts>`.
 *
 * Prints its port on standard output after `READY`, and ends when its standard input does: whatever
 * happens to the parent, no function is left behind. It imports nothing but the function.
 *
 * @module
 */

/** Begins the one line for the parent; all others come from the function. */
export const READY = "\x1eready ";

/** How long requests in flight may still take when the function has to end, in milliseconds. */
const GRACE = 2_000;

interface EdgeFunction {
  default?: { fetch?: (request: Request) => Response | Promise<Response> };
}

async function serve(entry: string): Promise<void> {
  const background = offerWaitUntil();
  const fetch = (await import(entry) as EdgeFunction).default?.fetch;
  if (typeof fetch !== "function") throw new Error("it has no `export default { fetch }`");

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => {
      Deno.stdout.writeSync(new TextEncoder().encode(`${READY}${port}\n`));
    },
  }, (request) => fetch(request));

  for await (const _ of Deno.stdin.readable);
  setTimeout(() => Deno.exit(0), GRACE);
  await server.shutdown();
  dispatchEvent(new Event("beforeunload")); // as hosted: waiting work may finish now
  await Promise.allSettled(background);
  Deno.exit(0);
}

/** The runtime's `EdgeRuntime.waitUntil`: work that may outlive the answer. */
function offerWaitUntil(): Set<Promise<unknown>> {
  const background = new Set<Promise<unknown>>();
  function waitUntil(work: Promise<unknown>): void {
    background.add(work);
    work.finally(() => background.delete(work));
  }
  Object.assign(globalThis, { EdgeRuntime: { waitUntil } });
  return background;
}

if (import.meta.main) await serve(Deno.args[0] ?? "");
