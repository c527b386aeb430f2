/**
 * A module server that asks the project about each token, and counts each use:
 *
 *     MODULE_TOKEN_ISSUER=https://<ref>.supabase.co/functions/v1/module-token MODULE=whisper \
 *       deno run -A examples/module-server/online.ts
 *
 * A refund takes effect at once, and `max_usage` holds even if many requests come at the same time.
 *
 * @module
 */

/** What `/verify` answers about a token. */
type Answer =
  | { active: true; user_id: string; access_level: string; uses_left: number | null }
  | { active: false; reason: string; detail?: string };

/** Answers a request that has a valid token for this module with work, and counts the use. */
export function onlineModule(
  issuer: string,
  module: string,
): (request: Request) => Promise<Response> {
  return async ({ headers }) => {
    const [, token = ""] = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    // Made here: a caller who chose it could have a hundred uses counted as one.
    const requestId = crypto.randomUUID();
    const answer = await ask(`${issuer}/verify`, { token, module, consume: true, requestId });
    if (answer === null) return Response.json({ error: "unavailable" }, { status: 503 });
    if (answer.active) return work(answer);
    return Response.json({ error: answer.reason }, { status: 403 });
  };
}

/** Asks up to three times with the same `requestId`; null: no answer. */
async function ask(url: string, question: Record<string, unknown>): Promise<Answer | null> {
  const body = JSON.stringify(question);
  for (let pause = 250; pause <= 1_000; pause *= 2) {
    const response = await fetch(url, { method: "POST", body }).catch(() => null);
    if (response?.ok) return await response.json();
    await response?.body?.cancel();
    if (response !== null && response.status < 500) break; // the same request would be refused again
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return null;
}

/** The work of the module. */
function work({ user_id, access_level, uses_left }: Answer & { active: true }): Response {
  return Response.json({ user: user_id, access_level, uses_left });
}

if (import.meta.main) {
  Deno.serve(onlineModule(Deno.env.get("MODULE_TOKEN_ISSUER")!, Deno.env.get("MODULE")!));
}
