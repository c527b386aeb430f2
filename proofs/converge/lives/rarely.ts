import fc from "fast-check";

/** A value once in `often` times; otherwise null. */
export function rarely<Made>(often: number, made: fc.Arbitrary<Made>): fc.Arbitrary<Made | null> {
  return fc.oneof(
    { weight: often - 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: made },
  );
}
