import { existing, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Dispute } from "../objects.ts";
import type { Resource } from "../world.ts";

export const disputes: Resource = {
  ...readable("dispute", "/v1/disputes"),

  "POST /v1/disputes/:id": (call, world) => {
    const dispute = existing("dispute", call, world);
    const { metadata } = call.params as Pick<Dispute, "metadata">;
    const former = { metadata: dispute.metadata };
    dispute.metadata = mergeMetadata(dispute.metadata ?? {}, metadata);
    world.announce("charge.dispute.updated", dispute, former);
    return dispute;
  },

  "POST /v1/disputes/:id/close": (call, world) => {
    const dispute = existing("dispute", call, world);
    dispute.status = dispute.status === "warning_needs_response" ? "warning_closed" : "lost";
    world.announce("charge.dispute.closed", dispute);
    return dispute;
  },
};
