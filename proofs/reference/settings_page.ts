import type { Catalogue, Column } from "./catalogue.ts";
import { block, code, generated, list, page, prose } from "./markdown.ts";

/** docs/reference/settings.md */
export function settingsPage({ settings, limits }: Catalogue): string {
  return page(
    generated(
      "Settings",
      "The policy of a project is one row of `sesame.settings`. Its owner changes it in SQL, in the SQL editor of " +
        "the Dashboard. A change applies to everything that was ever sold, in the same transaction. " +
        "[Operations](../operations.md#settings) has examples.",
    ),
    block("sql", "update sesame.settings set past_due_grace = interval '14 days';"),
    ...settings.map(describe),
    "## Limits",
    "The database refuses (`23514`) a value outside these limits:",
    list(limits.map(code)),
  );
}

function describe({ name, type, fallback, comment }: Column): string {
  return page(
    `## \`${name}\``,
    `Type ${code(type)}, default ${code(valueOf(fallback ?? "null"))}.`,
    prose(comment ?? ""),
  ).trimEnd();
}

/** `'7 days'::interval` as `7 days`. */
export function valueOf(expression: string): string {
  return expression.replace(/^'(.*)'::[\w ]+$/, "$1");
}
