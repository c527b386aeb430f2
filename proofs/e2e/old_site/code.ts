/**
 * The code of an old site, from the guides for its owner. It does not know Sesame. It must stay unchanged
 * when Sesame moves in, because the tests prove that it still works.
 */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { jwtVerify } from "jose";
import type { StripeEvent } from "../../../stripe/events.ts";

const DAY = 24 * 60 * 60 * 1000;

/** The environment of the old site, under the names it had. */
export interface OldEnvironment {
  NEXT_PUBLIC_SUPABASE_URL: string;
  SUPABASE_SERVICE_ROLE_KEY: string;
  JWT_SECRET: string;
}

/** What the site's own webhook did: it wrote access itself, with the service key. */
export async function handleWebhook(env: OldEnvironment, event: StripeEvent): Promise<unknown> {
  const supabase = server(env);
  const object = event.data.object as Record<string, unknown>;
  const { user_id, module_id } = object.metadata as Record<string, string>;
  switch (event.type) {
    case "checkout.session.completed": {
      const { data, error } = await supabase.from("module_access").insert({
        user_id,
        module_id: Number(module_id),
        access_type: "purchase",
        expires_at: new Date(Date.now() + 30 * DAY).toISOString(),
        is_active: true,
        metadata: { session_id: object.id, payment_intent: object.payment_intent },
      }).select().single();
      if (error) throw error;
      return data;
    }
    case "invoice.payment_succeeded": {
      const { data, error } = await supabase.from("module_access")
        .update({ expires_at: new Date(Date.now() + 60 * DAY).toISOString(), is_active: true })
        .eq("user_id", user_id).eq("module_id", Number(module_id)).select();
      if (error) throw error;
      return data;
    }
  }
}

/** The job that ran at night. */
export async function closeExpired(env: OldEnvironment): Promise<void> {
  const { error } = await server(env).from("module_access")
    .update({ is_active: false }).lt("expires_at", new Date().toISOString());
  if (error) throw error;
}

/** The page `/encours`, with the session of the member. */
export async function readEncours(client: SupabaseClient, userId: string) {
  const { data, error } = await client.from("module_access")
    .select("id, is_active, expires_at, metadata, modules(id, name, price)")
    .eq("user_id", userId).eq("is_active", true).order("id");
  if (error) throw error;
  return data as unknown as {
    id: number;
    expires_at: string | null;
    metadata: Record<string, unknown>;
    modules: { id: number; name: string; price: number };
  }[];
}

/** The page on which the owner added a module. */
export async function addModule(env: OldEnvironment, module: Record<string, unknown>) {
  const { data, error } = await server(env).from("modules").insert(module)
    .select("name, price, category").single();
  if (error) throw error;
  return data;
}

/** The shop. */
export async function readShop(client: SupabaseClient) {
  const { data, error } = await client.from("modules")
    .select("id, name, description, price, category, image_url, url").order("id");
  if (error) throw error;
  return data;
}

/** A module on a server of its own: it verifies with the secret that it shares with the site. */
export async function openModule(env: OldEnvironment, token: string) {
  const secret = new TextEncoder().encode(env.JWT_SECRET);
  const { payload } = await jwtVerify(token, secret, { algorithms: ["HS256"] });
  return payload;
}

function server(env: OldEnvironment): SupabaseClient {
  return createClient(env.NEXT_PUBLIC_SUPABASE_URL, env.SUPABASE_SERVICE_ROLE_KEY);
}
