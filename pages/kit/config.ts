/** How the page reaches the project. Both values are public. */
export interface Config {
  /** The project's URL, such as `https://<ref>.supabase.co`. */
  apiUrl: string;
  /** `sb_publishable_…`: the key for browsers. */
  publishableKey: string;
}

/** Reads `config.json`, which lies beside the page and differs for each project. */
export async function readConfig(): Promise<Config> {
  const answer = await fetch("config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return await answer.json();
}
