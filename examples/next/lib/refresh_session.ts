import { createServerClient } from "@supabase/ssr";
import { type NextRequest, NextResponse } from "next/server";
import { projectUrl, publishableKey } from "./project.ts";

/**
 * Renews the member's session if it is about to end. The new cookies go to the page, through the
 * request, and to the browser, through the response. Pages themselves cannot set cookies.
 */
export async function refreshSession(request: NextRequest): Promise<NextResponse> {
  let response = NextResponse.next({ request });
  const supabase = createServerClient(projectUrl(), publishableKey(), {
    cookies: {
      getAll: () => request.cookies.getAll(),
      setAll(cookies, headers) {
        for (const { name, value } of cookies) request.cookies.set(name, value);
        response = NextResponse.next({ request });
        for (const { name, value, options } of cookies) response.cookies.set(name, value, options);
        // These headers keep caches from giving one member's session to another.
        for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      },
    },
  });
  await supabase.auth.getClaims(); // this call renews it
  return response;
}
