/** What the database itself knows to be amiss. */

import type { Project } from "./project.ts";

export interface Trouble {
  code: string;
  found: number;
  examples: string[];
}

export interface Examined {
  troubles: Trouble[];
  /** The database's own time, in milliseconds. */
  clock: number;
}

interface Row {
  code: string | null;
  found: number;
  examples: string[];
  clock: string;
}

export async function examine({ call }: Project): Promise<Examined> {
  const rows = await call("sesame_examine", "{}") as Row[];
  return {
    troubles: rows.filter((row): row is Row & Trouble => row.code !== null),
    clock: Date.parse(rows[0]?.clock ?? ""),
  };
}
