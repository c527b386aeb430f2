/** The chapters of `supabase/migrations`, as texts. */

const MIGRATIONS = new URL("../supabase/migrations/", import.meta.url);

export interface Chapter {
  /** The name of its file. */
  name: string;
  text: string;
}

/** All chapters in their order. */
export async function readBook(): Promise<Chapter[]> {
  const names = Array.from(Deno.readDirSync(MIGRATIONS), ({ name }) => name).sort();
  return await Promise.all(names.map(async (name) => ({
    name,
    text: await Deno.readTextFile(new URL(name, MIGRATIONS)),
  })));
}
