import type { Catalogue, Table, TableColumn } from "./catalogue.ts";
import { errorList } from "./error_list.ts";
import { code, generated, list, page, prose } from "./markdown.ts";
import { raisesOf } from "./raised.ts";
import { valueOf } from "./settings_page.ts";

/** docs/reference/tables.md */
export function tablesPage(catalogue: Catalogue): string {
  return page(
    generated(
      "Tables and views",
      "The tables and views of schema `public`: what the Data API shows to a frontend and to a server. A frontend " +
        "reads as `anon` or `authenticated`, and row level security shows each member only their own rows. A server " +
        "writes as `service_role`, with the secret key. `supabase/functions/_shared/database.types.ts` has the same " +
        "as TypeScript types.",
    ),
    ...catalogue.tables.map((table) => describe(table, catalogue)),
  );
}

function describe(table: Table, { functions }: Catalogue): string {
  const { name, comment, rights, columns, triggers } = table;
  const raises = triggers.flatMap((trigger) => raisesOf(trigger, functions));
  return page(
    `## ${code(name)}`,
    prose(comment),
    list(rights.map(({ role, verbs }) => `${code(role)}: ${verbs}`)),
    "Columns:",
    list(columns.map(describeColumn)),
    raises.length === 0 ? null : "A write may raise:",
    raises.length === 0 ? null : list(errorList(raises)),
  ).trimEnd();
}

function describeColumn({ name, type, fallback, isRequired, comment }: TableColumn): string {
  const first = [
    `${code(name)} ${type}`,
    ...isRequired ? ["required"] : [],
    ...fallback === null ? [] : [`default ${code(valueOf(fallback))}`],
  ].join(", ");
  return comment === null ? `${first}.` : `${first}. ${prose(comment)}`;
}
