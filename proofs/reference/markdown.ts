/** Pieces of Markdown. */

import { task } from "../../diagnosis/task_command.ts";

export function code(text: string): string {
  return `\`${text}\``;
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

/** Parts of a page, with an empty line between them; what is null or empty is left out. */
export function page(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join("\n\n") + "\n";
}

/**
 * A text of the sources that is no Markdown: what would be read as emphasis or as a tag is escaped, and names with
 * an underscore are set as code.
 */
export function prose(text: string): string {
  return text
    .replaceAll(/\b[a-z]+(?:[_.][a-z]+)*_[a-z_.]*[a-z]\b(?!\()/g, code)
    .replaceAll(/[*<>]/g, (sign) => `\\${sign}`);
}

/** The first words of every generated page. */
export function generated(title: string, introduction: string): string {
  return page(
    `# ${title}`,
    introduction,
    `_\`${task("reference")}\` writes this page. Change the sources, not the page._`,
  ).trimEnd();
}
