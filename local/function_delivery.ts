/** Forwards a request to its function, as the hosted gateway does, with the same texts for refusals. */

import type { FunctionSlot } from "./function_slot.ts";

/**
 * Answers a request. Its path begins with the function's name.
 *
 * @param isMember whether a text is a valid JWT of this project
 */
export async function deliver(
  request: Request,
  slots: Map<string, FunctionSlot>,
  isMember: (jwt: string) => Promise<boolean>,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const slot = slots.get(pathname.split("/")[1] ?? "");
  if (slot === undefined) return refusal(404, "NOT_FOUND", "Requested function was not found");

  // A preflight never carries a token.
  const refused = slot.verifyJwt && request.method !== "OPTIONS"
    ? await refuseStranger(request, isMember)
    : null;
  return refused ?? await pass(request, slot, `${pathname}${search}`);
}

async function refuseStranger(
  request: Request,
  isMember: (jwt: string) => Promise<boolean>,
): Promise<Response | null> {
  const [, jwt] = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (jwt === undefined) {
    return refusal(401, "UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header");
  }
  return await isMember(jwt) ? null : refusal(401, "UNAUTHORIZED_INVALID_JWT", "Invalid JWT");
}

async function pass(request: Request, slot: FunctionSlot, path: string): Promise<Response> {
  try {
    return await slot.use((port) => forward(request, `http://127.0.0.1:${port}${path}`));
  } catch (error) {
    return error instanceof TypeError // fetch throws it where nothing answers
      ? refusal(502, "WORKER_ERROR", `Function ${slot.name} ended before it answered`)
      : refusal(503, "BOOT_ERROR", `Function ${slot.name} failed to start (please check logs)`);
  }
}

function forward(request: Request, url: string): Promise<Response> {
  const { method, body } = request;
  const headers = new Headers(request.headers);
  // No compression on loopback: only between the gateway and its caller.
  headers.set("accept-encoding", "identity");
  return fetch(url, { method, headers, body, redirect: "manual" });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status, headers: { "sb-error-code": code } });
}
