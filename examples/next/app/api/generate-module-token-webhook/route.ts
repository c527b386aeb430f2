import { callerOf } from "@/lib/caller.ts";
import { forward } from "@/lib/forward.ts";
import { problem } from "@/lib/problem.ts";
import { secretKey } from "@/lib/secret_key.ts";

/**
 * Orders a token for a user, at the address that the site's own servers already use. It calls the
 * function `module-token` with the project's secret key, so it must check its callers itself.
 */
export async function POST(request: Request): Promise<Response> {
  switch (callerOf(request)) {
    case "not_configured":
      return problem(
        503,
        "not_configured",
        "Set MODULE_TOKEN_WEBHOOK_SECRET on the site's server, to 32 characters or more.",
      );
    case "unknown":
      return problem(
        401,
        "webhook_secret_needed",
        "Send MODULE_TOKEN_WEBHOOK_SECRET in the header x-webhook-secret.",
      );
    case "known":
      return await forward(request, "module-token", {
        "content-type": "application/json",
        "apikey": secretKey(),
      });
  }
}
