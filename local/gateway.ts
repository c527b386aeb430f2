/** The one port in front: functions, Data API and Auth under the paths of a hosted project. */

import { portTaken } from "./ports.ts";

/** The targets of the requests. */
export interface Backends {
  /** Takes everything else. */
  api(request: Request): Promise<Response>;
  /** Takes `/functions/v1/<name>/…` as `/<name>/…`, which is what a hosted function sees. */
  functions(request: Request): Promise<Response>;
  /** By name: each takes the paths below its name, such as `/encours`. */
  pages: Map<string, (request: Request) => Promise<Response>>;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`, without a last slash. */
  url: string;
  /** Lets requests through: until then they wait. */
  open(backends: Backends): void;
  stop(): Promise<void>;
}

const FUNCTIONS = "/functions/v1/";

/** How long requests in flight may still take at the end, in milliseconds; then they get a 503. */
const GRACE = 2_000;

/**
 * Listens on 127.0.0.1; port 0 picks a free one.
 *
 * @throws UserError naming the port and its flag, where the port is taken
 */
export function startGateway(port: number): Gateway {
  const backends = Promise.withResolvers<Backends>();
  const inFlight = new Set<(response: Response) => void>();
  const server = listen(port, (request, info) =>
    new Promise((answer, fail) => {
      inFlight.add(answer);
      backends.promise.then((open) => route(request, info, open)).then(answer, fail)
        .finally(() => inFlight.delete(answer));
    }));
  let stopped: Promise<void> | null = null;

  async function end(): Promise<void> {
    backends.resolve(STOPPED);
    // The server is never aborted: during its own shutdown that is an error that cannot be caught.
    const timer = setTimeout(() => inFlight.forEach((answer) => answer(cutOff())), GRACE);
    await server.shutdown();
    clearTimeout(timer);
  }
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    open: backends.resolve,
    stop: () => stopped ??= end(),
  };
}

const STOPPED: Backends = { api: refuse, functions: refuse, pages: new Map() };

function refuse(): Promise<Response> {
  return Promise.resolve(new Response("the stack did not start", { status: 503 }));
}

function cutOff(): Response {
  return new Response("the stack has ended", { status: 503 });
}

function listen(
  port: number,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, handler);
  } catch (error) {
    throw error instanceof Deno.errors.AddrInUse ? portTaken(port, "--port") : error;
  }
}

async function route(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  { api, functions, pages }: Backends,
): Promise<Response> {
  const url = new URL(request.url);
  const page = pages.get(url.pathname.split("/")[1] ?? "");
  if (page !== undefined) return await page(request);
  // A function sets its own CORS headers, as hosted. The gateway sets those of the API.
  if (!url.pathname.startsWith(FUNCTIONS)) return await answerApi(request, api);

  const inner = new URL(url);
  inner.pathname = url.pathname.slice(FUNCTIONS.length - 1);
  const { method, body } = request; // not the request itself: copying that wakes its `signal`
  return await functions(new Request(inner, { method, body, headers: forwarded(request, info) }));
}

/** The headers, with the address the request came from and the one it came to. */
function forwarded(request: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>): Headers {
  const { hostname, port, protocol } = new URL(request.url);
  const headers = new Headers(request.headers);
  const before = headers.get("x-forwarded-for");
  headers.set(
    "x-forwarded-for",
    before === null ? remoteAddr.hostname : `${before}, ${remoteAddr.hostname}`,
  );
  headers.set("x-forwarded-host", hostname);
  headers.set("x-forwarded-port", port || "80");
  headers.set("x-forwarded-proto", protocol.replace(":", ""));
  return headers;
}

/**
 * As the hosted gateway does for the API: any origin may call. lite answers some of a browser's
 * preflights with an error, and leaves the header out of some of Auth's answers.
 */
async function answerApi(request: Request, api: Backends["api"]): Promise<Response> {
  if (isPreflight(request)) return new Response(null, { headers: allowed(request) });
  const response = await api(request);
  const needed = request.headers.has("origin") &&
    !response.headers.has("access-control-allow-origin");
  if (!needed) return response;

  const open = new Response(response.body, response);
  open.headers.set("access-control-allow-origin", "*");
  return open;
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("access-control-request-method");
}

function allowed({ headers }: Request): Record<string, string> {
  return {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS",
    "access-control-allow-headers": headers.get("access-control-request-headers") ?? "",
  };
}
