/**
 * Serves one Edge Function, in a process of its own: `function_server.ts <url of its index.ts>`.
 *
 * Prints its port on standard output after `READY`, and ends when its standard input ends. So no function
 * is left behind, whatever happens to the parent. It imports only the function.
 *
 * @module
 */

/** The beginning of the one line for the parent. All other lines come from the function. */
export const READY = "\x1eready ";

/** How long requests in flight may still take when the function has to end, in milliseconds. */
const GRACE = 2_000;

type Handler = (request: Request) => Response | Promise<Response>;

interface EdgeFunction {
  default?: { fetch?: Handler };
}

async function serve(entry: string): Promise<void> {
  const background = offerWaitUntil();
  const listen = Deno.serve;
  const served = keepServed();
  const fetch = (await import(entry) as EdgeFunction).default?.fetch ?? served.handler;
  if (typeof fetch !== "function") {
    throw new Error("it has no `export default { fetch }`, and it does not call `Deno.serve`");
  }

  const server = listen({
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

/** Keeps the handler that the function gives to `Deno.serve`. As hosted, its port does not count. */
function keepServed(): { handler?: Handler } {
  const served: { handler?: Handler } = {};
  function serve(...given: (Handler | { handler?: Handler })[]): unknown {
    const handlers = given.map((one) => typeof one === "function" ? one : one.handler);
    const handler = handlers.find((one) => one !== undefined);
    if (handler !== undefined) served.handler = handler;
    return { finished: new Promise(() => {}), shutdown: () => Promise.resolve() };
  }
  Object.assign(Deno, { serve });
  return served;
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
