/** The package `sesame-client`. */

export { formatAmount } from "./amount.ts";
export {
  type Address,
  type BuyCode,
  type CheckoutSession,
  type PortalCode,
  type PortalOptions,
  type Purchase,
  SESSION_STATUSES,
  type SessionStatus,
  type StatusCode,
} from "./buying.ts";
export type { OnChange } from "./changes.ts";
export type { Claim, ClaimCode, Claimed } from "./claiming.ts";
export type { MyModules } from "./follow.ts";
export type { ModuleToken, TokenCode } from "./module_token.ts";
export {
  ACCESS_REASONS,
  type AccessReason,
  MODULE_STATUSES,
  type ModuleState,
  type ModuleStatus,
  type MyModule,
} from "./modules.ts";
export type { ListedPrice } from "./prices.ts";
export type { CommonCode, PriceChoice, Problem, ProblemCode } from "./problem.ts";
export type { AnySupabaseClient, SesameOptions } from "./project.ts";
export type { CallOptions, Result } from "./result.ts";
export { createSesame, type Sesame } from "./sesame.ts";
