/** What a command says of itself with `--help`: the head of its own file, so that the two never differ. */

import { task } from "../diagnosis/task_command.ts";

/** Whether these arguments ask for it. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

/** The lines of the comment that a program begins with; `module` is its URL, as in `Deno.mainModule`. */
export async function helpOf(module: string): Promise<string[]> {
  const source = await Deno.readTextFile(new URL(module));
  const [, head = ""] = /^\/\*\*\n(.*?)\n \*\//s.exec(source) ?? [];
  const lines = head.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const text = lines.filter((line) => line !== "@module").join("\n").trim();
  return text.replaceAll(/\bdeno task (?=\w)/g, task("")).split("\n");
}
