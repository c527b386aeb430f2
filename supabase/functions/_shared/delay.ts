/** Resolves after this many milliseconds; with 0, after all tasks that are ready. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
