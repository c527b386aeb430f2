import type { NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy } from "@/lib/content_security_policy.ts";
import { refreshSession } from "@/lib/refresh_session.ts";

/** Runs before each page: renews the session, and sends the headers that protect the page. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const policy = contentSecurityPolicy(crypto.randomUUID());
  request.headers.set("content-security-policy", policy); // Next.js reads the nonce from it
  const response = await refreshSession(request);
  response.headers.set("content-security-policy", policy);
  response.headers.set("referrer-policy", "same-origin"); // addresses contain ids of payments
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

/** Not for scripts and images, and not for /api: a request from Stripe must pass unchanged. */
export const config = { matcher: ["/((?!api/|_next/static|_next/image|favicon.ico).*)"] };
