/** Whether Auth checks addresses before it confirms them, and whether a confirmed address claims purchases. */

import { UserError } from "../../local/terminal.ts";
import { type ApiAddress, dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { reasonOf } from "../../supabase/functions/_shared/problem.ts";

export interface AddressClaims {
  /** Whether Auth sends a mail, or asks a provider, before it confirms an address. Throws if Auth does not say. */
  areAsked(): Promise<boolean>;
  /** Null: the database does not have the function yet. */
  state(): Promise<AddressState | null>;
  /** Returns whether that changed anything. */
  set(isOn: boolean, actor: string, why: string): Promise<boolean>;
}

/** The answer of `sesame_address_claims`. */
export interface AddressState {
  is_on: boolean;
  /** Whether an operator has switched it on or off. */
  was_decided: boolean;
  /** Purchases that wait for an address. */
  waiting: number;
  /** Accounts with a password that were confirmed at once, and without a mail. */
  unasked: number;
}

/** Milliseconds for one question. */
const TIME_LIMIT = 30_000;

export function addressClaims(api: ApiAddress): AddressClaims {
  const call = dataApi(api, TIME_LIMIT);
  return {
    areAsked: () => areAsked(api),
    state: async () => {
      const rows = await call("sesame_address_claims", "{}")
        .catch((error) => notThere(error, api.schema));
      return (rows as AddressState[] | null)?.[0] ?? null;
    },
    set: async (is_on, actor, why) =>
      await call("sesame_set_address_claims", JSON.stringify({ is_on, actor, why })) === true,
  };
}

/**
 * One setting decides for sign-ups by mail, for providers that do not vouch for an address, and for anonymous
 * users who add one. Phones confirm no address, and accounts of SAML claim nothing.
 */
async function areAsked({ url, key }: ApiAddress): Promise<boolean> {
  const response = await fetch(`${url}/auth/v1/settings`, {
    headers: { apikey: key },
    redirect: "error", // a redirect would carry the key to another host
    signal: AbortSignal.timeout(TIME_LIMIT),
  });
  const settings = await response.json().catch(() => null);
  const confirmsUnasked = (settings as { mailer_autoconfirm?: unknown } | null)?.mailer_autoconfirm;
  if (!response.ok || typeof confirmsUnasked !== "boolean") {
    throw Object.assign(new Error("Auth does not say how it confirms addresses"), {
      code: `auth_settings_${response.status}`,
    });
  }
  return !confirmsUnasked;
}

/** Before the first push there is no such function, and a schema of Sesame's own cannot be exposed. */
function notThere(error: unknown, schema = "public"): null {
  const reason = reasonOf(error);
  if (["PGRST202", "HTTP 404"].includes(reason)) return null;
  if (reason !== "PGRST106") throw error;
  throw new UserError(
    `The Data API does not serve schema ${schema} yet. Add it to the exposed schemas, in the Dashboard under ` +
      "Settings, Data API. Then run it again.",
  );
}
