import { addressClaims } from "../address_claims.ts";
import type { Check, Finding } from "../check.ts";

export const check: Check = {
  title: "confirmed addresses claim purchases only if Auth asks before it confirms them",
  codes: ["addresses_unproven", "address_claims_off"],
  needs: [],
  async look({ api }): Promise<Finding[]> {
    const claims = addressClaims(api);
    const state = await claims.state();
    if (state === null) return []; // another check looks at the migrations
    if (!state.is_on && state.waiting === 0) return [];
    const areAsked = await claims.areAsked();
    if (state.is_on && !areAsked) {
      const about = "verified_email_claims is on, and Auth has mailer_autoconfirm";
      return [{ code: "addresses_unproven", about, plan: "switch verified_email_claims off" }];
    }
    return state.is_on || !areAsked
      ? []
      : [{ code: "address_claims_off", about: `${state.waiting} purchase(s) wait for an address` }];
  },
  async fix({ api }, findings) {
    if (!findings.some(({ code }) => code === "addresses_unproven")) return [];
    await addressClaims(api).set(false, "doctor", "Auth confirms addresses without asking");
    return ["switched verified_email_claims off; claimed purchases stay with their users"];
  },
};
