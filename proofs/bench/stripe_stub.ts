/** Stripe's API for purchases that only their prices identify. It counts its calls, and can be slow. */

import { PRICE, pricedSession, PRODUCT } from "./priced_purchase.ts";

export interface StripeStub extends AsyncDisposable {
  /** For `STRIPE_API_BASE`. */
  url: string;
  calls(): number;
  /** Milliseconds that each answer takes from now on. */
  slowDown(milliseconds: number): void;
}

export function startStripeStub(): StripeStub {
  let calls = 0;
  let pause = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      calls++;
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      return answer(new URL(request.url).pathname);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls: () => calls,
    slowDown: (milliseconds) => void (pause = milliseconds),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function answer(path: string): Response {
  const object = objectAt(path);
  if (object !== null) return Response.json(object);
  const error = { type: "invalid_request_error", code: "resource_missing", message: path };
  return Response.json({ error }, { status: 404 });
}

function objectAt(path: string): unknown {
  const [, list = "", id = "", lines] = /^\/v1\/(.+?)\/([^/]+)(\/line_items)?$/.exec(path) ?? [];
  if (list === "prices" && id === PRICE.id) return PRICE;
  if (list === "products" && id === PRODUCT.id) return PRODUCT;
  const session = list === "checkout/sessions" ? pricedSession(id) : null;
  return lines === undefined ? session : session?.line_items ?? null;
}
