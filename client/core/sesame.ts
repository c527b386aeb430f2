import {
  type Address,
  buy,
  type BuyCode,
  type CheckoutSession,
  openPortal,
  type PortalCode,
  type PortalOptions,
  type Purchase,
  sessionStatus,
  type StatusCode,
} from "./buying.ts";
import { changesOf, type OnChange } from "./changes.ts";
import { type Claim, claim, type ClaimCode, type Claimed } from "./claiming.ts";
import { type ModuleToken, moduleToken, type TokenCode } from "./module_token.ts";
import type { MyModule } from "./modules.ts";
import { type ListedPrice, readPrices } from "./prices.ts";
import { type AnySupabaseClient, projectOf, type SesameOptions } from "./project.ts";
import { hasModule, readModules } from "./reading_modules.ts";
import type { CallOptions, Result } from "./result.ts";

/**
 * Sesame, as the user of a client of supabase-js reaches it. No call throws for an answer of the server:
 * each resolves to `{ data, error }`.
 */
export interface Sesame {
  /** The member's modules as they are now: the view `my_modules`. */
  modules(options?: CallOptions): Promise<Result<MyModule[]>>;
  /** Whether a module, by slug or id, is open to the member now. */
  has(module: string | number, options?: CallOptions): Promise<Result<boolean>>;
  /** What is for sale: the view `price_list`. A visitor may ask too. */
  prices(options?: CallOptions): Promise<Result<ListedPrice[]>>;
  /** Starts a purchase. Send the browser to `data.url`. */
  buy(purchase: Purchase, options?: CallOptions): Promise<Result<Address, BuyCode>>;
  /** What became of a Checkout Session: Stripe puts `session_id` into the address of your page. */
  status(sessionId: string, options?: CallOptions): Promise<Result<CheckoutSession, StatusCode>>;
  /** Claims a free module, or the purchase of a claim link. */
  claim(claim: Claim, options?: CallOptions): Promise<Result<Claimed, ClaimCode>>;
  /** Opens Stripe's Billing Portal. Send the browser to `data.url`. */
  portal(options?: PortalOptions): Promise<Result<Address, PortalCode>>;
  /** A short-lived token for a module's own server. */
  token(
    module: string | number,
    options?: CallOptions,
  ): Promise<Result<ModuleToken, TokenCode>>;
  /**
   * Calls back with the member's modules, and again after each change. A visitor who is not signed in is
   * the problem `not_signed_in`. Returns a function that ends it.
   */
  onChange(callback: OnChange): () => void;
}

export function createSesame(supabase: AnySupabaseClient, options: SesameOptions = {}): Sesame {
  const project = projectOf(supabase, options);
  const read = (options?: CallOptions) => readModules(project, options);
  const { onChange, expectChange } = changesOf({ supabase, read });

  /** Listeners see at once what a call has changed. */
  async function changing<Answer extends { error: unknown }>(
    call: Promise<Answer>,
  ): Promise<Answer> {
    const answer = await call;
    if (answer.error === null) expectChange();
    return answer;
  }
  return {
    modules: read,
    has: (module, options) => hasModule(project, module, options),
    prices: (options) => readPrices(project, options),
    buy: (purchase, options) => changing(buy(project, purchase, options)),
    status: (sessionId, options) => changing(sessionStatus(project, sessionId, options)),
    claim: (what, options) => changing(claim(project, what, options)),
    portal: (options) => openPortal(project, options),
    token: (module, options) => moduleToken(project, module, options),
    onChange,
  };
}
