import { Refusal } from "../_shared/problem.ts";

/** What is wrong with a signature, as seen without any guess. */
export type Mismatch =
  /** The header is none of Stripe's: it has no time, or nothing that could be a signature. */
  | "malformed"
  /** Its time is more than five minutes off. */
  | "out_of_time"
  /** It was made over another body, or with a secret that is not ours. */
  | "no_match";

/** Why a signature probably does not hold; one word for each fix. */
export type Cause =
  | "wrong_secret"
  | "thin_secret"
  | "connect_secret"
  | "other_mode_secret"
  | "body_changed"
  | "clock";

/** A delivery that nobody can say Stripe sent. The caller learns neither word. */
export class BadSignature extends Refusal {
  override name = "BadSignature";

  constructor(readonly mismatch: Mismatch, readonly probably: Cause | null = null) {
    super("bad_signature");
  }
}
