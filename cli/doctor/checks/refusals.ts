import { codesIn, knownCode } from "../../../diagnosis/codes.ts";
import { REFUSALS } from "../../../diagnosis/codes/refusals.ts";
import type { Check, Finding } from "../check.ts";

export const check: Check = {
  title: "deliveries that carry Stripe's signature are accepted",
  codes: codesIn(REFUSALS),
  needs: [],
  async look({ call }) {
    const { refusal } = await call("sesame_webhook_health", "{}") as { refusal: Refusal | null };
    return refusal === null ? [] : [findingOf(refusal)];
  },
};

/** Why signed deliveries are refused, as `sesame.webhook_refusal` returns it. */
interface Refusal {
  code: string;
  kind: string;
  cause: string | null;
  refused: number;
  accepted: number;
  last_at: string;
}

function findingOf({ code, kind, cause, refused, accepted, last_at }: Refusal): Finding {
  const why = cause === null ? kind : `${kind}, ${cause}`;
  const about = `${refused} of ${
    refused + accepted
  } signed deliveries (${why}), the last at ${last_at}`;
  return { code: knownCode(code), about };
}
