import { formatted } from "../../diagnosis/runbook.ts";
import type { Catalogue } from "./catalogue.ts";
import { errorsPage } from "./errors_page.ts";
import { eventsPage } from "./events_page.ts";
import { functionsPage } from "./functions_page.ts";
import { httpPage } from "./http_page.ts";
import { openapi } from "./openapi/document.ts";
import { settingsPage } from "./settings_page.ts";
import { tablesPage } from "./tables_page.ts";

const DOCS = new URL("../../docs/", import.meta.url);

/** A generated file, and what writes it. */
interface Page {
  /** Below `docs/`. */
  file: string;
  write(catalogue: Catalogue): string | Promise<string>;
}

export const PAGES: readonly Page[] = [
  { file: "errors.md", write: errorsPage },
  { file: "reference/settings.md", write: settingsPage },
  { file: "reference/tables.md", write: tablesPage },
  { file: "reference/sql_functions.md", write: functionsPage },
  { file: "reference/functions.md", write: httpPage },
  { file: "reference/events.md", write: eventsPage },
  { file: "reference/openapi.json", write: () => JSON.stringify(openapi()) },
];

export function urlOf({ file }: Page): URL {
  return new URL(file, DOCS);
}

/** The text of a page, formatted as every other file. */
export async function textOf({ file, write }: Page, catalogue: Catalogue): Promise<string> {
  return await formatted(await write(catalogue), file.endsWith(".json") ? "json" : "md");
}
