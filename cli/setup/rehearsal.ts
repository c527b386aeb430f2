/**
 * Tries the first migration on the database and undoes it. The migration checks all preconditions, and
 * answers with one list of obstacles.
 *
 * @module
 */

export type Rehearsed =
  | { kind: "clear" }
  | { kind: "refused"; why: string }
  /** The user's own repository has installed Sesame, by this migration. */
  | { kind: "added"; by: string }
  /** The database did not answer. */
  | { kind: "unknown"; why: string };

/**
 * A query with one row, the answer: the API shortens errors, but not rows.
 *
 * The migration runs in a block that always ends with an error, which undoes it; `SE000` is that error
 * where the migration itself raised none.
 */
export function rehearsalOf(migration: string): string {
  return `do $sesame_rehearsal$
declare
  v_state text;
  v_message text;
  v_detail text;
  v_hint text;
  v_added text;
begin
  if coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') like 'Sesame:%'
    and to_regclass('supabase_migrations.schema_migrations') is not null then
    select max(version || '_' || name) into v_added from supabase_migrations.schema_migrations
    where name ~ '^sesame_\\d+\\.';
  end if;
  if v_added is not null then
    perform set_config('sesame.rehearsal', concat_ws(E'\\n', '${ADDED}', v_added), true);
    return;
  end if;
  execute $sesame_migration$${migration}$sesame_migration$;
  raise sqlstate 'SE000';
exception when others then
  get stacked diagnostics v_state = returned_sqlstate,
    v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
  perform set_config('sesame.rehearsal', case
    when v_state = 'SE000' then '${CLEAR}'
    else concat_ws(E'\\n', '${REFUSED}', v_message, nullif(v_detail, ''), nullif(v_hint, ''))
  end, true);
end
$sesame_rehearsal$;

select current_setting('sesame.rehearsal', true) as answer;
`;
}

const CLEAR = "clear";
const REFUSED = "refused";
const ADDED = "added";

/** Throws nothing: any other answer is `unknown`. */
export function readRehearsal(rows: { answer?: string | null }[]): Rehearsed {
  const [kind, ...lines] = (rows[0]?.answer ?? "").split("\n");
  if (kind === CLEAR) return { kind };
  if (kind === REFUSED) return { kind, why: lines.join("\n") };
  if (kind === ADDED) return { kind, by: lines.join("\n") };
  return { kind: "unknown", why: "the database did not answer the rehearsal" };
}
