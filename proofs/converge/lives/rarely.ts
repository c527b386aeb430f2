import fc from "fast-check";

/** Null, but once in `often` times. */
export function rarely<Made>(often: number, made: fc.Arbitrary<Made>): fc.Arbitrary<Made | null> {
  return fc.oneof(
    { weight: often - 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: made },
  );
}
