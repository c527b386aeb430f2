/** A "no" from the server, by its code; `more` are the other members of its problem document. */
export class Problem extends Error {
  override name = "Problem";

  constructor(readonly code: string, readonly more: Record<string, unknown> = {}) {
    super(code);
  }
}

/** The code by which the page finds its words for an error. */
export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  return error instanceof TypeError ? "unreachable" : "unknown";
}
