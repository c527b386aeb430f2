/** The heading above the errors that `deno test` prints. */
const HEADING = "\n ERRORS \n";

/** Leaves out the list of tests that `deno test` prints before its errors, if there is one. */
export function failureDetails(output: string): string {
  return output.slice(Math.max(output.lastIndexOf(HEADING), 0));
}
