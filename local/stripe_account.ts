/** The developer's own Stripe account, for `deno task dev --listen`. */

import { readEnvFile } from "./functions_env.ts";
import { UserError } from "./terminal.ts";

export interface StripeAccount {
  /** A key of a test mode or a sandbox. */
  key: string;
  /** Where Stripe's API is; null: Stripe's own. */
  apiBase: string | null;
}

/**
 * The account in the environment, otherwise in the `.env` of the functions.
 *
 * @throws UserError if there is no key, or one that `stripe listen` must not have
 */
export async function readStripeAccount(functionsFolder: URL): Promise<StripeAccount> {
  const file = await readEnvFile(functionsFolder);
  const read = (name: string) => Deno.env.get(name) || file[name] || null;
  const key = read("STRIPE_SECRET_KEY");
  if (key === null) {
    throw new UserError(
      "--listen needs the secret key of your Stripe sandbox: put STRIPE_SECRET_KEY=sk_test_… into " +
        "supabase/functions/.env or into the environment",
    );
  }
  if (!/^[sr]k_test_\S+$/.test(key)) {
    throw new UserError(
      "--listen takes a test key only: STRIPE_SECRET_KEY does not begin with sk_test_ or rk_test_",
    );
  }
  return { key, apiBase: read("STRIPE_API_BASE") };
}
