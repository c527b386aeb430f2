import type { Module } from "./modules.ts";
import { momentInWords } from "../kit/moments.ts";
import type { Words } from "./words/words.ts";

/** What a member may do with a module. */
export type Action = "open" | "buy" | "claim" | "manage";

/** Reasons that the member can fix only in Stripe's portal. */
const FIXED_AT_STRIPE = ["unpaid", "paused", "past_due_expired"];

/** Reasons for which another purchase would not help. */
const NOT_FOR_SALE = ["denied", "disputed"];

/** The state of a module in one sentence; empty if there is nothing to say. */
export function stateInWords({ holding, is_free }: Module, words: Words, now: number): string {
  const { states, closed, closedSomehow, language } = words;
  if (holding === null) return is_free ? states.free("") : "";

  const { status, reason, expires_at } = holding;
  const date = expires_at === null ? "" : momentInWords(expires_at, language, now);
  switch (status) {
    case "active":
      if (date === "") return states.forEver("");
      return reason === "subscription" ? states.subscribed(date) : states.until(date);
    case "pending":
      return states.pending("");
    case "expired":
      return states.ended(date);
    case "closed":
      return closed[reason ?? ""] ?? closedSomehow;
  }
}

/** What the member may do, the most likely action first. */
export function actionsFor({ holding, is_free, is_active }: Module): Action[] {
  const { status = "none", reason = "" } = holding ?? {};
  if (status === "active") return reason === "subscription" ? ["open", "manage"] : ["open"];
  if (status === "pending" || NOT_FOR_SALE.includes(reason ?? "")) return [];
  if (FIXED_AT_STRIPE.includes(reason ?? "")) return ["manage"];
  if (!is_active) return [];
  return is_free ? ["claim"] : ["buy"];
}
