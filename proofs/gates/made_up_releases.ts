/** Three made-up releases: the repository of today with edits, each packed as npm would publish it. */

import { copyRepository } from "./repository_copy.ts";

/** No release has these numbers for a long time. */
export const [FIRST, SECOND, THIRD] = ["7.1.0", "7.2.0", "7.3.0"];

export interface MadeUpReleases extends AsyncDisposable {
  /** The paths of the tarballs. */
  first: string;
  third: string;
  /** The upgrade from the first to the second, for a database between the two. */
  firstStep: string;
}

const LAST_CHAPTER = "supabase/migrations/20261121007100_moving_in.sql";
const SETTINGS = "supabase/migrations/20261121000200_settings.sql";
const MY_MODULES = "supabase/migrations/20261121005000_my_modules.sql";
/** A line of a function that callers see. */
const LINE = "-- No slug starts with a digit.";
/** The constraint after the last column of the settings. */
const FIRST_CONSTRAINT = "constraint settings_is_one_row";

/** A function of the first release that is gone in the third, one that is new there, and code that differs. */
export const OLD_FUNCTION = "farewell";
export const NEW_FUNCTION = "welcome";
export const CHANGED_CODE = "functions/_sesame/_shared/cors.ts";
const HEALTH = 'export { default } from "../health/index.ts";\n';

/** Makes them in `folder`. */
export async function makeReleases(folder: string): Promise<MadeUpReleases> {
  const copy = await copyRepository();
  const { change, release, pack } = copy;
  // The released files never change, and the book of the first has an edit.
  await Deno.remove(`${copy.folder}/releases`, { recursive: true });
  const add = (line: string) => (text: string) => `${text}\n${line}\n`;

  await change(`supabase/functions/${OLD_FUNCTION}/index.ts`, () => HEALTH);
  await change(LAST_CHAPTER, add(madeUp("first")));
  await release(FIRST);
  const first = await pack(folder);

  const column = "made_up integer not null default 7";
  await change(
    SETTINGS,
    (text) => text.replace(FIRST_CONSTRAINT, `${column},\n  ${FIRST_CONSTRAINT}`),
  );
  await change(LAST_CHAPTER, (text) => text.replace(madeUp("first"), () => madeUp("second")));
  await change(MY_MODULES, (text) => text.replace(LINE, `${LINE} (second)`));
  await change(
    `releases/${SECOND}/moves.sql`,
    () => `alter table sesame.settings add column ${column};\n`,
  );
  await release(SECOND);

  await change(`supabase/functions/${OLD_FUNCTION}/index.ts`, () => null);
  await change(`supabase/functions/${NEW_FUNCTION}/index.ts`, () => HEALTH);
  await change("supabase/functions/_shared/cors.ts", add("// of the third release"));
  await change(LAST_CHAPTER, (text) => text.replace(madeUp("second"), () => madeUp("third")));
  await change(MY_MODULES, (text) => text.replace(`${LINE} (second)`, `${LINE} (third)`));
  await release(THIRD);
  return {
    first,
    third: await pack(folder),
    firstStep: await Deno.readTextFile(`${copy.folder}/releases/${SECOND}/from_${FIRST}.sql`),
    [Symbol.asyncDispose]: copy[Symbol.asyncDispose],
  };
}

function madeUp(word: string): string {
  return `create function sesame.made_up() returns text language plpgsql immutable set search_path = '' as
  $$ begin return '${word}'; end $$;
select sesame.revoke_default_grants('sesame.made_up');`;
}
