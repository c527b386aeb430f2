import { existing, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Dispute } from "../objects.ts";
import type { Resource } from "../deps.ts";

export const disputes: Resource = {
  ...readable("dispute", "/v1/disputes"),

  "POST /v1/disputes/:id": (call, deps) => {
    const dispute = existing("dispute", call, deps);
    const { metadata } = call.params as Pick<Dispute, "metadata">;
    const former = { metadata: dispute.metadata };
    dispute.metadata = mergeMetadata(dispute.metadata ?? {}, metadata);
    deps.announce("charge.dispute.updated", dispute, former);
    return dispute;
  },

  "POST /v1/disputes/:id/close": (call, deps) => {
    const dispute = existing("dispute", call, deps);
    dispute.status = dispute.status === "warning_needs_response" ? "warning_closed" : "lost";
    deps.announce("charge.dispute.closed", dispute);
    return dispute;
  },
};
