/** How a file that the user changed differs from the one of the new version. */

import { createTwoFilesPatch } from "diff";
import type { Edit } from "../project/planned_files.ts";
import { withLineEnds } from "../project/text_file.ts";

/** A unified diff from the user's text to ours. Line ends are no difference. */
export function diffOf({ path, theirs, ours }: Edit): string {
  const name = `supabase/${path}`;
  const [before, after] = [theirs, ours].map((text) => withLineEnds(text, "\n"));
  return createTwoFilesPatch(`${name} (yours)`, `${name} (new)`, before!, after!, "", "", {
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  }).trimEnd();
}
