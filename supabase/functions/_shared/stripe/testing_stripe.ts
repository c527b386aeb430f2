import { type JsonObject, list } from "../facts/json.ts";

/** A request that a stand-in for Stripe's API received. */
export interface Asked {
  method: string;
  /** Path and query, decoded. */
  path: string;
  headers: Headers;
}

/** Runs a test against a Stripe that answers as `handler` says; `nth` counts its requests from 1. */
export async function withStripe(
  handler: (path: string, nth: number) => Response | Promise<Response>,
  test: (base: URL, asked: Asked[]) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const server = Deno.serve({ port: 0, onListen: () => {} }, ({ method, url, headers }) => {
    const { pathname, search } = new URL(url);
    const path = decodeURIComponent(pathname + search);
    asked.push({ method, path, headers });
    return handler(path, asked.length);
  });
  try {
    await test(new URL(`http://localhost:${server.addr.port}`), asked);
  } finally {
    await server.shutdown();
  }
}

/** Stripe's answer for an object that it does not have. */
export function missing(): Response {
  const error = { type: "invalid_request_error", code: "resource_missing", message: "No such…" };
  return Response.json({ error }, { status: 404 });
}

/** The page of a list that a path asks for, in pages of two. */
export function pageOf(ids: string[], path: string): JsonObject {
  const last = new URL(path, "http://localhost").searchParams.get("starting_after");
  const from = last === null ? 0 : ids.indexOf(last) + 1;
  const data = ids.slice(from, from + 2).map((id) => ({ id }));
  return { object: "list", data, has_more: from + 2 < ids.length };
}

/** The ids of a list's members. */
export function idsOf(members: unknown): unknown[] {
  return list(members)?.map(({ id }) => id) ?? [];
}
