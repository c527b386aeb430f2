/** A refusal of the server by its code. `more` has the other members of its problem document. */
export class Problem extends Error {
  override name = "Problem";

  constructor(readonly code: string, readonly more: Record<string, unknown> = {}) {
    super(code);
  }
}

/** The code that selects the page's text for an error. */
export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code;
  return error instanceof TypeError ? "unreachable" : "unknown";
}
