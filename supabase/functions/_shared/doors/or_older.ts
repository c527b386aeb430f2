/**
 * The answer of a call; from a database that does not know the function with these arguments, that of the
 * older call. New functions may be deployed first: release 0.1.0 has no `may_wait`.
 *
 * Nothing is remembered, because the upgrade may come at any moment. Answers are unchecked.
 */
export async function orOlder(
  call: () => Promise<unknown>,
  older: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (!isUnknownFunction(error)) throw error;
    return await older();
  }
}

/** 42883: Postgres has no such function. PGRST202: the Data API has none. */
function isUnknownFunction(error: unknown): boolean {
  const { code, more } = error as { code?: unknown; more?: { reason?: unknown } };
  return ["42883", "PGRST202"].some((unknown) => unknown === code || unknown === more?.reason);
}
