/**
 * The parts of a scenario: events of Stripe, acts of people, and the expected access.
 *
 * A story is a list in its canonical order. A check holds for **every** order of all that stands
 * above it; a story with several checks is several claims.
 *
 * @module
 */

import { DEFAULTS, type Settings } from "./model/settings.ts";
import type { StripeEvent } from "./stripe/event.ts";
import { emailRef } from "./stripe/ids.ts";

/** One scenario of the table. */
export interface Scenario {
  number: number;
  name: string;
  story: Step[];
  settings: Settings;
}

export type Step = StripeEvent | Paying | Act | Check;

/** An event that is evidence of payment: before the first of them, nothing may be open. */
export interface Paying {
  pays: StripeEvent;
}

/** An act of a person, through an RPC or in the catalogue. */
export type Act =
  | { act: "grant"; module: string; until: number | null; user: string }
  | { act: "deny"; module: string; user: string }
  | { act: "revoke"; module: string; user: string }
  | { act: "map"; price: string; module: string }
  | { act: "verify"; user: string; email: string };

/** The access of one persona on that day. Modules that are not named must not be open. */
export interface Check {
  day: number;
  user: string;
  access: Record<string, Access>;
}

/** The expected access to one module; `expires` in days from T0, null: no end, or closed without a date. */
export interface Access {
  /** `none`: there is no row, and so no reason. */
  state: "open" | "closed" | "none";
  reason: string;
  expires: number | null;
}

export function scenario(
  number: number,
  name: string,
  story: () => Step[],
  settings: Partial<Settings> = {},
): Scenario {
  return { number, name, story: story(), settings: { ...DEFAULTS, ...settings } };
}

/** Marks an event as evidence of payment. */
export function pays(event: StripeEvent): Paying {
  return { pays: event };
}

export function check(day: number, access: Record<string, Access>, user = "ada"): Check {
  return { day, user, access };
}

export function open(reason: string, expires: number | null = null): Access {
  return { state: "open", reason, expires };
}

/** Closed; `expires` only if it closed because its time was over. */
export function closed(reason: string, expires: number | null = null): Access {
  return { state: "closed", reason, expires };
}

/** No row; `reason` is the word of `explain_module_access`. */
export function none(reason: string): Access {
  return { state: "none", reason, expires: null };
}

export function grant(module: string, until: number | null, user = "ada"): Act {
  return { act: "grant", module, until, user };
}

export function deny(module: string, user = "ada"): Act {
  return { act: "deny", module, user };
}

/** Revokes manual grants. A denial is lifted by a grant. */
export function revoke(module: string, user = "ada"): Act {
  return { act: "revoke", module, user };
}

/** An account appears, with its address verified. */
export function verify(user = "ada"): Act {
  return { act: "verify", user, email: emailRef(user) };
}

/** Maps a price to a module, in the catalogue. */
export function map(price: string, module: string): Act {
  return { act: "map", price, module };
}
