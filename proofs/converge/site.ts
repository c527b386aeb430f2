/** The site of the stories: it writes a key of its own into each row of access. */

import type postgres from "postgres";

export const SITES_KEY = "noted";

export async function writeSite(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create function public.note_access() returns trigger language plpgsql as $$
    begin
      new.metadata := new.metadata || '{"${SITES_KEY}": true}';
      return new;
    end
    $$;
    create trigger note_access before insert on public.module_access
    for each row execute function public.note_access();`);
}
