/** Setup lets confirmed addresses claim what guests bought, if Auth asks users to confirm addresses. */

import type { AddressClaims, AddressState } from "../doctor/address_claims.ts";
import type { Step } from "./steps.ts";

const NAME = "address_claims";
const IN_SQL = "update sesame.settings set verified_email_claims = true";

export async function addressesStep(
  claims: AddressClaims,
  say: (line: string) => void,
): Promise<Step> {
  const areAsked = await claims.areAsked().catch(() => null);
  const state = await claims.state().catch(() => null);
  if (state?.is_on) return { name: NAME, says: "verified_email_claims: it is on" };
  if (areAsked === null) return staysOff("Auth's settings could not be read");
  if (!areAsked) return staysOff("Auth confirms addresses without asking (mailer_autoconfirm)");
  if (state !== null && objection(state) !== null) return staysOff(objection(state) ?? "");
  return {
    name: NAME,
    says:
      "see whether confirmed addresses may claim what guests bought: Auth asks for confirmation",
    act: () => decide(claims, say),
  };
}

function staysOff(why: string): Step {
  return { name: NAME, says: `verified_email_claims: it stays off, ${why}` };
}

/** Why setup does not switch it on; null: it may. */
function objection({ was_decided, unasked }: AddressState): string | null {
  if (was_decided) return `as an operator decided; on again: ${IN_SQL}`;
  if (unasked > 0) {
    return `as ${unasked} account(s) were confirmed at once and without a mail. Where you made them, or know ` +
      `their addresses to be right: ${IN_SQL}`;
  }
  return null;
}

/** Decided after the push: before the first one the database cannot say how its accounts were confirmed. */
async function decide(claims: AddressClaims, say: (line: string) => void): Promise<void> {
  const state = await claims.state();
  if (state === null) throw new Error("the database does not answer sesame_address_claims");
  const against = objection(state);
  if (against !== null) return say(`  verified_email_claims stays off, ${against}`);
  await claims.set(true, "setup", "Auth asks before it confirms an address");
  say("  verified_email_claims is on: a confirmed address claims what was bought with it");
}
