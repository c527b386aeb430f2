/** The steps and checks of the demo. A failed check throws `UserError`. */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { deliver, type StripeEvent } from "../../stripe/events.ts";
import type { Stack } from "../../local/stack.ts";
import { UserError } from "../../local/terminal.ts";

/** The module that is sold, by its slug. */
export const MODULE = "stable-diffusion";

/** A member as in a browser: signed in with the publishable key. */
export interface Member {
  id: string;
  client: SupabaseClient;
}

export async function signUp(stack: Stack, name: string): Promise<Member> {
  const client = connect(stack);
  const { data, error } = await client.auth.signUp({
    email: `${name.toLowerCase()}@demo.example`,
    password: crypto.randomUUID(),
  });
  check(data.user !== null && data.session !== null, `${name} signs up`, error?.message);
  return { id: data.user.id, client };
}

function connect({ apiUrl, publishableKey }: Stack): SupabaseClient {
  return createClient(apiUrl, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
}

export async function findModule({ client }: Member): Promise<string> {
  const { data, error } = await client.from("modules").select("id").eq("slug", MODULE).single();
  check(data !== null, `the catalogue has ${MODULE}`, error?.message);
  return String(data.id);
}

/** The member's modules have exactly these statuses, all of them of the one module sold here. */
export async function expectModules({ client }: Member, statuses: string[]): Promise<void> {
  const { data, error } = await client.from("my_modules").select("slug, status");
  const expected = statuses.map((status) => ({ slug: MODULE, status }));
  check(
    JSON.stringify(data) === JSON.stringify(expected),
    `my_modules shows ${JSON.stringify(expected)}`,
    error?.message ?? JSON.stringify(data),
  );
}

export async function expectAccess({ client }: Member, open: boolean): Promise<void> {
  const { data, error } = await client.rpc("has_module_access", { module: MODULE });
  check(data === open, `has_module_access is ${open}`, error?.message ?? String(data));
}

/** All the access this member may read, with the times it was written, as text. */
export async function readAccess({ client }: Member): Promise<string> {
  const { data, error } = await client.from("module_access").select();
  check(data !== null, "a member may read their own access", error?.message);
  return JSON.stringify(data);
}

/** Anonymous callers get no access row and no view, and may not call has_module_access. */
export async function expectRefusal(stack: Stack): Promise<void> {
  const stranger = connect(stack);
  const answers = [
    await stranger.from("module_access").select(),
    await stranger.from("my_modules").select(),
    await stranger.rpc("has_module_access", { module: MODULE }),
  ];
  const codes = answers.map(({ error }) => error?.code ?? "no error");
  check(codes.every((code) => code === "42501"), "anon is refused with 42501", codes.join(", "));
}

export async function expectOutcome(
  stack: Stack,
  event: StripeEvent,
  outcome: string,
): Promise<void> {
  const endpoint = `${stack.functionsUrl}/stripe-webhook`;
  const response = await deliver(endpoint, stack.webhookSecret, event);
  const answer = await response.text();
  check(
    response.status === 200 && answer === JSON.stringify({ received: true, outcome }),
    `the webhook answers ${event.type} with 200 ${outcome}`,
    `${response.status} ${answer}`,
  );
}

export function check(
  holds: boolean,
  expectation: string,
  found: string | undefined,
): asserts holds {
  if (!holds) throw new UserError(`✗ Expected that ${expectation}; found: ${found}`);
}
