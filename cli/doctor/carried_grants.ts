/** Rights on the columns that came from an old site. No migration knows their names. */

import { ask, type CatalogueFact } from "../catalogue/catalogue.ts";

/** The catalogue's facts about each column that carry_columns added and that still exists. */
const GRANTS = (schema: string) => `
  select relation.oid::regclass || '.' || carried.name as name, (
    select string_agg(access.one, ' ' order by access.one)
    from (
      select format('%s=r/%s', role, relation.relowner::regrole) from unnest(carried.readers) as role
      union all
      select format('service_role=aw/%s', relation.relowner::regrole) where carried.of_table <> 'modules'
    ) as access (one)
  ) as fact
  from sesame.carried_columns as carried
  join pg_class as relation on relation.oid = to_regclass('${schema}.' || carried.of_table)
  join pg_attribute as attribute on attribute.attrelid = relation.oid and attribute.attname = carried.name`;

/** The rights that carried columns must have, as facts of a catalogue. */
export async function carriedGrants(
  dbUrl: string,
  schema: string,
): Promise<CatalogueFact[]> {
  const [there] = await ask(
    dbUrl,
    "select to_regclass('sesame.carried_columns') is not null as is_known",
  );
  if (!there?.is_known) return [];
  const rows = await ask(dbUrl, GRANTS(schema));
  return rows.filter(({ fact }) => fact !== null)
    .map(({ name, fact }) => ({ kind: "column grants", name, fact }));
}
