/** The runbooks, in English and in French, as the table of causes makes them. */

import { task } from "./task_command.ts";
import type { Cause, Words } from "./cause.ts";
import { CAUSES } from "./causes.ts";
import { type Symptom, SYMPTOMS } from "./symptoms.ts";

/** A runbook by its language, its file and its headings. */
interface Edition {
  language: "en" | "fr";
  file: string;
  title: string;
  introduction: string;
  symptoms: string;
  also: string;
  first: string;
  codes: string;
  /** In place of `codes`, where a statement is run, which prints none. */
  near: string;
  todo: string;
  explained: string;
  explanation: string;
  why: string;
  mend: string;
}

const PLAIN = `\`\`\`sh\n${task("explain ada@example.com whisper")}\n${
  task("explain pi_3Q9XyZ")
}\n\`\`\`\n\n`;

export const EDITIONS: readonly Edition[] = [
  {
    language: "en",
    file: "docs/troubleshooting.md",
    title: "Troubleshooting",
    introduction:
      "Search this page for what you see, or for the error's code. Each symptom names the command to " +
      "run first, the codes that it may print, and what to do. The codes are explained " +
      "[below](#codes). `production.env` is a file of yours that " +
      "[names the project](operations.md#doctor); without `--env-file`, a command looks at the stack " +
      "that runs on your machine. All commands are the same in PowerShell and bash. What begins with " +
      "`select`, `insert`, `update`, `alter`, `create` or `grant` goes into Supabase's SQL editor.",
    symptoms: "Symptoms",
    also: "Also:",
    first: "Run first:",
    codes: "It may say",
    near: "Codes about the same",
    todo: "What to do",
    explained: "Codes",
    explanation:
      "“I paid and my module is not there.” Ask for the address, or the receipt, and type:\n\n" +
      PLAIN +
      "It prints the chain from the payment to the page, the first link that is broken, and one of " +
      "these codes, with the command that fixes it. In these commands, `<price id>`, `<source id>` (the session, " +
      "invoice, payment or subscription), `<module>` (its slug) and `<user id>` stand for what it fills in where it " +
      "knows it; `<you>` is your name. The page is made from `diagnosis/causes.ts` and " +
      `\`diagnosis/symptoms.ts\` by \`${task("runbook")}\`.`,
    why: "Why",
    mend: "Fix",
  },
  {
    language: "fr",
    file: "docs/depannage.md",
    title: "Dépannage",
    introduction:
      "Cherchez dans cette page ce que vous voyez, ou le code de l’erreur. Chaque symptôme donne la " +
      "commande à lancer d’abord, les codes qu’elle peut afficher, et ce qu’il faut faire. Les codes " +
      "sont expliqués [plus bas](#codes). Vous avez les guides et les scripts de l’ancien site ? " +
      "[De l’ancien site à Sesame](ancien_site.md). `production.env` est un fichier à vous, qui " +
      "[nomme le projet](operations.md#doctor) ; sans `--env-file`, une commande regarde la pile qui " +
      "tourne sur votre machine. Toutes les commandes sont les mêmes dans PowerShell et dans bash. Ce qui " +
      "commence par `select`, `insert`, `update`, `alter`, `create` ou `grant` se tape dans l’éditeur " +
      "SQL de Supabase.",
    symptoms: "Symptômes",
    also: "Aussi :",
    first: "Lancez d’abord :",
    codes: "Elle peut dire",
    near: "Codes sur le même sujet",
    todo: "Que faire",
    explained: "Codes",
    explanation:
      "« J’ai payé et mon module n’est pas là. » Demandez l’adresse, ou le reçu, et tapez :\n\n" +
      PLAIN +
      "La commande montre la chaîne du paiement à la page, le premier maillon rompu, et l’un de ces " +
      "codes, avec la commande qui corrige. Dans ces commandes, `<price id>`, `<source id>` (la session, la facture, " +
      "le paiement ou l’abonnement), `<module>` (son nom court) et `<user id>` sont remplis quand ils sont connus ; " +
      "`<you>` est votre nom. Cette page est produite depuis `diagnosis/causes.ts` et " +
      `\`diagnosis/symptoms.ts\` par \`${task("runbook")}\`.`,
    why: "Cause",
    mend: "Remède",
  },
];

/** The whole text of one edition, before it is formatted. */
export function writeRunbook(edition: Edition): string {
  const { title, introduction, symptoms, explained, explanation } = edition;
  return [
    ...[`# ${title}`, introduction, `## ${symptoms}`],
    ...SYMPTOMS.map((symptom) => writeSymptom(symptom, edition)),
    ...[`## ${explained}`, explanation],
    ...Object.entries(CAUSES).map(([code, cause]) => writeEntry(code, cause, edition)),
  ].join("\n\n") + "\n";
}

function writeSymptom(symptom: Symptom, edition: Edition): string {
  const { language, also, first, todo } = edition;
  const words = symptom[language];
  const others = words.also ?? [];
  const kind = symptom.command.startsWith("select ") ? "sql" : "sh";
  const codes = kind === "sql" ? edition.near : edition.codes;
  const links = symptom.codes.map((code) => `[\`${code}\`](#${code})`).join(", ");
  return [
    `### ${words.seen}`,
    ...others.length === 0 ? [] : [also, others.map((other) => `- ${other}`).join("\n")],
    first,
    `\`\`\`${kind}\n${symptom.command}\n\`\`\``,
    `- **${codes}.** ${links}.\n- **${todo}.** ${words.todo}`,
  ].join("\n\n");
}

function writeEntry(code: string, cause: Cause, { language, why, mend }: Edition): string {
  const words: Words = cause[language];
  const lines = [
    `### \`${code}\``,
    words.symptom,
    `- **${why}.** ${words.cause}`,
    `- **${mend}.** ${words.mend}`,
  ];
  const command = cause.command === null ? [] : [`\`\`\`\n${cause.command}\n\`\`\``];
  return [...lines.slice(0, 2), lines.slice(2).join("\n"), ...command].join("\n\n");
}

/** As `deno fmt` has it, so that the files pass the gate that everything passes. */
export async function formatted(text: string): Promise<string> {
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: new URL("../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([text]).stream().pipeTo(fmt.stdin);
  return new TextDecoder().decode((await fmt.output()).stdout);
}

export function fileOf(edition: Edition): URL {
  return new URL(`../${edition.file}`, import.meta.url);
}
