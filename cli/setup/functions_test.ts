import assert from "node:assert/strict";
import { findFunctions } from "./functions.ts";
import type { SupabaseProject } from "./supabase_project.ts";

/** A deployed function: its source, or null if only its answer can be checked. */
const DEPLOYED: Record<string, string | null> = {
  "checkout": "new Response('the app itself')",
  "health": null,
  "module-token": null,
  "stripe-webhook": 'return { type: "urn:sesame:problem:internal" }',
  "profile": "new Response('of no name of ours')",
};

Deno.test("a function is recognized as ours by its source, or otherwise by its answer", async () => {
  const asked: string[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(`${request.method} ${pathname}`);
      return pathname.includes("/health/")
        ? Response.json({ type: "urn:sesame:problem:not_found" }, { status: 404 })
        : new Response("the app itself");
    },
  );
  const project = {
    functions: () => Promise.resolve(Object.keys(DEPLOYED)),
    source: (name: string) => Promise.resolve(DEPLOYED[name] ?? null),
  } as Partial<SupabaseProject> as SupabaseProject;
  assert.deepEqual(await findFunctions(`http://127.0.0.1:${server.addr.port}`, project, ""), {
    wanted: ["checkout", "health", "module-token", "reconcile", "stripe-webhook"],
    ours: ["health", "stripe-webhook"],
    foreign: ["checkout", "module-token"],
  });
  assert.deepEqual(asked.sort(), [
    "GET /functions/v1/health/sesame-setup",
    "GET /functions/v1/module-token/sesame-setup",
  ]);
});
