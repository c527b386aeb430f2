/** How the page reaches the project. No value is a secret. */
export interface Config {
  /** The project's URL, such as `https://<ref>.supabase.co`. */
  apiUrl: string;
  /** `sb_publishable_…`: the key for browsers. */
  publishableKey: string;
  /** The schema with Sesame's tables and functions. */
  schema: string;
  /** What the names of the functions begin with, after `add --functions-prefix`; otherwise empty. */
  functionsPrefix: string;
}

/** Reads `config.json`, which lies beside the page and differs for each project. */
export async function readConfig(): Promise<Config> {
  const answer = await fetch("config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return { schema: "public", functionsPrefix: "", ...await answer.json() };
}
