/**
 * The exposed schema: `public`, or the one that `add --schema` names.
 *
 * Sesame's SQL is written for `public`. For another name the text is rewritten. The word `public` also stands for
 * everyone (`revoke … from public`), and that stays.
 *
 * @module
 */

import { parse, SqlError } from "libpg-query";
import { UserError } from "../../local/terminal.ts";

/** Where Sesame's tables and functions are if no other schema was named. */
export const PUBLIC = "public";

/** The ways in which Sesame's SQL names the schema, each with what replaces it. */
const SPELLINGS: readonly [RegExp, (name: string) => string][] = [
  // In a pattern that finds calls: without its schema, a name of ours may be the app's own.
  [/\(public\\\.\)\?/g, (name) => `(${name}\\.)`],
  [/"\?public"\?/g, (name) => `"?${name}"?`],
  [/(?<![\w.])public\.(?=[\w%'"(])/g, (name) => `${name}.`],
  [/(?<!then )'public'/g, (name) => `'${name}'`],
  [/`public`/g, (name) => `\`${name}\``],
  [/\bschema public\b/gi, (name) => `schema ${name}`],
];

/** A text of Sesame's SQL, for this exposed schema. */
export function inSchema(sql: string, name: string): string {
  if (name === PUBLIC) return sql;
  return SPELLINGS.reduce((text, [spelling, by]) => text.replaceAll(spelling, by(name)), sql);
}

/** The statements that create the schema. They stand before the chapters; `public` is there already. */
export function openingOf(name: string): string {
  if (name === PUBLIC) return "";
  return `-- The exposed schema. Its name is new here, so that nothing in it is anyone else's.
do $$
begin
  if to_regnamespace('${name}') is not null then
    raise sqlstate 'SE010' using
      message = 'Sesame cannot be installed here yet; nothing was changed',
      detail = '- schema ${name} exists already. Remove Sesame from the project and add it with another name',
      hint = 'The command remove, and then add --schema with a name that is free.';
  end if;
end
$$;

create schema ${name};
comment on schema ${name} is 'Sesame: what frontends and functions call. Expose it in the settings of the Data API.';
grant usage on schema ${name} to anon, authenticated, service_role;
`;
}

/** Schemas of the platform, and those that Sesame creates. */
const TAKEN = new RegExp(
  "^(pg_.*|information_schema|auth|storage|realtime|vault|cron|net|extensions|graphql.*|pgbouncer|pgmq.*|" +
    "pgsodium.*|supabase_.*|legacy|sesame|sesame_(aside|archive|legacy))$",
);

/**
 * Reads the name of the exposed schema.
 *
 * @throws UserError if it is no plain name, or if the platform or Sesame has a schema of that name
 */
export function readSchemaName(text: string, flag: string): string {
  if (!/^[a-z][a-z0-9_]{0,30}$/.test(text)) {
    throw new UserError(
      `${flag} begins with a small letter, and has only small letters, digits and _, at most 31`,
    );
  }
  if (TAKEN.test(text)) {
    throw new UserError(
      `${flag} ${text}: the platform or Sesame has this schema. Choose another name.`,
    );
  }
  return text;
}

/** Whether Postgres writes the name without quotes: it is a name both for a table and for a function. */
export async function isPlainName(name: string): Promise<boolean> {
  try {
    await parse(`drop table ${name}; create function ${name}() returns int language c as 'x'`);
    return true;
  } catch (error) {
    if (error instanceof SqlError) return false;
    throw error;
  }
}
