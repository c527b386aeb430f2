/** Manual grants and denials, in their order. */

import { at } from "../stripe/clock.ts";
import { closedFor, type Source } from "./source.ts";
import type { History } from "./history.ts";

/** The result of all acts. A denial lasts until a grant lifts it. A revocation ends every grant. */
export function manualSources({ acts }: History): Source[] {
  let sources: Source[] = [];
  for (const [turn, { act, userId }] of acts.entries()) {
    if (act.act !== "grant" && act.act !== "revoke" && act.act !== "deny") continue;
    const isOfIt = ({ userRef, module }: Source) => userRef === userId && module === act.module;
    if (act.act === "grant") {
      sources = sources.filter((source) => !isOfIt(source) || source.reason !== "denied");
      const expiresAt = act.until === null ? null : at(act.until);
      const word = { reason: "manual", reasonAfter: "expired", expiresAt };
      sources.push({ id: `act ${turn}`, userRef: userId, module: act.module, ...word });
      continue;
    }
    sources = sources.map((source) =>
      isOfIt(source) && source.reason === "manual"
        ? closedFor(source.id, userId, act.module, "revoked")
        : source
    );
    if (act.act === "deny") sources.push(closedFor(`act ${turn}`, userId, act.module, "denied"));
  }
  return sources;
}
