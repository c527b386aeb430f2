/** Modules as a member has them. */

/** What a module is to a member at this instant. */
export const MODULE_STATUSES = ["active", "expired", "pending", "closed"] as const;

export type ModuleStatus = typeof MODULE_STATUSES[number];

/** Why a module is open (the first five) or closed. */
export const ACCESS_REASONS = [
  ...["purchase", "subscription", "manual", "token", "free"] as const,
  ...["denied", "disputed", "refunded", "canceled", "unpaid", "paused", "payment_failed"] as const,
  ...["past_due_expired", "expired", "pending_payment", "unknown_status", "revoked"] as const,
] as const;

export type AccessReason = typeof ACCESS_REASONS[number];

/** A row of the view `my_modules`. */
export interface MyModule {
  module_id: number;
  slug: string;
  title: string;
  status: ModuleStatus;
  /** When the access ends by itself; null: it does not. */
  expires_at: string | null;
  reason: AccessReason | null;
}

/** The same for a module that the member may never have had. */
export interface ModuleState extends Omit<MyModule, "status"> {
  status: ModuleStatus | "none";
}
