import type { Stack } from "./stack.ts";

/** The environment with which a command reaches the stack, with all its keys. */
export function commandEnv(stack: Stack): Record<string, string> {
  return {
    SUPABASE_URL: stack.apiUrl,
    SUPABASE_SECRET_KEY: stack.secretKey,
    SUPABASE_DB_URL: stack.dbUrl,
    STRIPE_SECRET_KEY: stack.stripeSecretKey,
    STRIPE_API_BASE: String(stack.stripe.url),
    STRIPE_WEBHOOK_SECRET: stack.webhookSecret,
  };
}
