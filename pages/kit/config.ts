/** How the page reaches the project; both may be read by anybody. */
export interface Config {
  /** The project's URL, `https://<ref>.supabase.co` for one. */
  apiUrl: string;
  /** `sb_publishable_…`: the key for browsers. */
  publishableKey: string;
}

/** Reads `config.json`, which lies beside the page and differs from one project to the next. */
export async function readConfig(): Promise<Config> {
  const answer = await fetch("config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return await answer.json();
}
