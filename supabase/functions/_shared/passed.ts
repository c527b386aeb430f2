/** Resolves after so many milliseconds; after 0, once all that is ready has run. */
export function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
