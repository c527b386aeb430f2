/** How a command of ours is typed, wherever one is printed: through `npx`, since many have no Deno. */

/** `words` as Deno's task runner takes them: the task and its flags. */
export function task(words: string): string {
  return `npx -y deno@2.9.6 task ${words}`;
}
