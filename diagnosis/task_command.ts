/** How a printed command is typed: through `npx`, since many machines have no Deno. */

/** `words` as Deno's task runner takes them: the task and its flags. */
export function task(words: string): string {
  return `npx -y deno@2.9.6 task ${words}`;
}
