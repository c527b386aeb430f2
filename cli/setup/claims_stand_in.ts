/** Stands in for the Auth and the database of a project, for its addresses. */

import type { AddressClaims, AddressState } from "../doctor/address_claims.ts";

interface Given {
  /** Null: Auth does not say. */
  areAsked: boolean | null;
  /** Null: before the first push. */
  state: AddressState | null;
}

export function claimsOf(given: Given) {
  const done: string[] = [];
  const claims: AddressClaims = {
    areAsked: () =>
      given.areAsked === null ? Promise.reject(new Error("no")) : Promise.resolve(given.areAsked),
    state: () => Promise.resolve(given.state),
    set: (is_on, actor) => {
      done.push(`${actor}: ${is_on ? "on" : "off"}`);
      if (given.state !== null) given.state = { ...given.state, is_on, was_decided: true };
      return Promise.resolve(true);
    },
  };
  return { claims, done, given };
}

export const NEW: AddressState = { is_on: false, was_decided: false, waiting: 0, unasked: 0 };
