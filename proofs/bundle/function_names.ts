const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

/** The folders of functions, in the order of the alphabet. */
export async function functionNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(FUNCTIONS)) {
    if (isDirectory && !name.startsWith("_")) names.push(name);
  }
  return names.sort();
}
