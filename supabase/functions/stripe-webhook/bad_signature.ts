import { Refusal } from "../_shared/problem.ts";

/** Which check a signature failed. */
export type Mismatch =
  /** The header is not Stripe's: it has no time, or nothing that could be a signature. */
  | "malformed"
  /** Its time is more than five minutes off. */
  | "out_of_time"
  /** It was made for another body, or with a secret that is not ours. */
  | "no_match";

/** The probable cause of a bad signature. Each has its own fix. */
export type Cause =
  | "wrong_secret"
  | "thin_secret"
  | "connect_secret"
  | "other_mode_secret"
  | "body_changed"
  | "clock";

/** The refusal of a delivery that Stripe may not have sent. The answer contains neither the check nor the cause. */
export class BadSignature extends Refusal {
  override name = "BadSignature";

  constructor(readonly mismatch: Mismatch, readonly probably: Cause | null = null) {
    super("bad_signature");
  }
}
