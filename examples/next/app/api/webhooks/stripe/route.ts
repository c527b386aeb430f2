import { forward } from "@/lib/forward.ts";

/**
 * The address that Stripe knows. It hands each delivery to the function `stripe-webhook`, which
 * verifies the signature. An error here is never a 2xx, so Stripe sends the event again.
 */
export async function POST(request: Request): Promise<Response> {
  const signature = request.headers.get("stripe-signature");
  return await forward(request, "stripe-webhook", {
    "content-type": request.headers.get("content-type") ?? "application/json",
    ...signature === null ? {} : { "stripe-signature": signature },
  });
}
