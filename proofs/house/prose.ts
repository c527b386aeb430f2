/** The rules of plain English: a list of unwanted words, and the length of sentences. */

/** A word that stands in a text, and where. */
export interface Offence {
  line: number;
  word: string;
  instead: string;
}

/** Each with what to write instead. Identifiers are read as words too: `mendWorld` is two. */
const UNWANTED: readonly [words: readonly string[], instead: string][] = [
  [["he", "his", "him", "himself", "she", "herself", "hers"], "they, their, or the noun"],
  [["mend", "mends", "mended", "mending", "mender"], "fix"],
  [["whoever", "whomever", "whomsoever"], "the noun: a customer who …"],
  [["wish", "wishes", "wished"], "request or options"],
  [["deed", "deeds"], "action"],
  [["thereof", "whence", "thence", "hither", "lest", "ere"], "a word of today"],
];

/** Only for documents: code has a field `told`, and Unix a user `nobody`. */
const UNWANTED_IN_DOCUMENTS: typeof UNWANTED = [
  [["nobody", "somebody"], "the noun: no user, another customer"],
  [["told", "tells"], "what happens: an alert is sent, the page shows"],
  [["anew"], "again"],
];

/** A type of this name says nothing; `hello world` may. */
const UNWANTED_TYPE = /\b(?:[A-Z][A-Za-z0-9]*)?World\b/g;

const INSTEAD = byWord(UNWANTED);
const INSTEAD_IN_DOCUMENTS = byWord(UNWANTED_IN_DOCUMENTS);

function byWord(lists: typeof UNWANTED): Map<string, string> {
  return new Map(lists.flatMap(([words, instead]) => words.map((word) => [word, instead])));
}

/** Every unwanted word of a text: prose, comments, strings and identifiers alike. */
export function unwantedWords(text: string): Offence[] {
  return text.split("\n").flatMap((content, index) => {
    const words = wordsOf(content).map((word) => ({ word, instead: INSTEAD.get(word) }));
    const types = [...content.matchAll(UNWANTED_TYPE)]
      .map(([word]) => ({ word, instead: "a name that says what it holds, such as Deps" }));
    return [...words, ...types].flatMap(({ word, instead }) =>
      instead === undefined ? [] : [{ line: index + 1, word, instead }]
    );
  });
}

/** The headings and sentences of a document that have a word which only documents avoid. */
export function unwantedInDocument(markdown: string): string[] {
  const headings = markdown.match(/^#+ .*$/gm) ?? [];
  return [...headings, ...sentencesOf(markdown)].flatMap((text) =>
    wordsOf(text).flatMap((word) => {
      const instead = INSTEAD_IN_DOCUMENTS.get(word);
      return instead === undefined ? [] : [`${word} → ${instead}: ${text}`];
    })
  );
}

/** The words of a line in lower case; `snake_case` and `camelCase` are divided. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})/gu)]
    .map(([word]) => word.toLowerCase());
}

/** The sentences of a Markdown text; each list item and each cell of a table ends one. */
export function sentencesOf(markdown: string): string[] {
  const prose = markdown
    .replaceAll(/^(```|~~~)[^]*?^\1$/gm, "\n")
    .replaceAll(/\n\n(?: {4}.*\n)+/g, "\n\n") // an indented block of code
    .replaceAll(/<!--[^]*?-->/g, "")
    .replaceAll(/^#+ .*$/gm, "\n")
    .replaceAll(/!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replaceAll(/(`+)[^`]+\1/g, "Code");
  const blocks = prose.split(/\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|\|)\s)/)
    .flatMap((block) => block.trimStart().startsWith("|") ? block.split("|") : [block]);
  return blocks
    .flatMap((block) =>
      block.replaceAll(/\s+/g, " ").split(/(?<=[.!?][)"”*_]*) +(?=[\p{Lu}\p{N}"“*_(]|[\p{Ll}_]+:)/u)
    )
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

/** How many words a reader has to hold together; a sign between spaces is none. */
export function lengthOf(sentence: string): number {
  return sentence.split(" ").filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
