/** The runbooks, in English and in French, as the table of codes makes them. */

import { causeOf, type Code, CODES, codesIn } from "./codes.ts";
import { ALERT_LABELS, FIX_LABEL } from "./labels.ts";
import { type Symptom, SYMPTOMS } from "./symptoms.ts";
import { task } from "./task_command.ts";

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
  /** Replaces `codes` where a SQL statement is run, since it prints no code. */
  near: string;
  todo: string;
  explained: string;
  explanation: string;
  why: string;
  alert: string;
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
      "[names the project](operations.md#doctor). Without `--env-file`, a command looks at the stack " +
      "that runs on your machine. All commands are the same in PowerShell and bash. Run what begins " +
      "with `select`, `insert`, `update`, `alter`, `create` or `grant` in Supabase's SQL editor.",
    symptoms: "Symptoms",
    also: "Also:",
    first: "Run first:",
    codes: "Possible codes",
    near: "Related codes",
    todo: "What to do",
    explained: "Codes",
    explanation:
      "“I paid and my module is not there.” Ask for the address, or the receipt, and type:\n\n" +
      PLAIN +
      "It prints the chain from the payment to the page, the first broken link, and one of these " +
      "codes with the command that fixes it. It fills in `<price id>`, `<source id>` (the session, invoice, " +
      "payment or subscription), `<module>` (its slug) and `<user id>` where it knows them. `<you>` is your name. The page is made from `diagnosis/codes.ts` and " +
      `\`diagnosis/symptoms.ts\` by \`${task("runbook")}\`.`,
    why: "Why",
    alert: "Alert",
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
    codes: "Codes possibles",
    near: "Codes voisins",
    todo: "Que faire",
    explained: "Codes",
    explanation:
      "« J’ai payé et mon module n’est pas là. » Demandez l’adresse, ou le reçu, et tapez :\n\n" +
      PLAIN +
      "La commande montre la chaîne du paiement à la page, le premier maillon rompu, et l’un de ces " +
      "codes, avec la commande qui corrige. Dans ces commandes, `<price id>`, `<source id>` (la session, la facture, " +
      "le paiement ou l’abonnement), `<module>` (son nom court) et `<user id>` sont remplis quand ils sont connus ; " +
      "`<you>` est votre nom. Cette page est produite depuis `diagnosis/codes.ts` et " +
      `\`diagnosis/symptoms.ts\` par \`${task("runbook")}\`.`,
    why: "Cause",
    alert: "Alerte",
  },
];

/** The whole text of one edition, before it is formatted. */
export function writeRunbook(edition: Edition): string {
  const { title, introduction, symptoms, explained, explanation } = edition;
  return [
    ...[`# ${title}`, introduction, `## ${symptoms}`],
    ...SYMPTOMS.map((symptom) => writeSymptom(symptom, edition)),
    ...[`## ${explained}`, explanation],
    ...codesIn(CODES).map((code) => writeEntry(code, edition)),
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

function writeEntry(code: Code, { language, why, alert }: Edition): string {
  const cause = causeOf(code);
  const words = cause[language];
  const lines = [
    `- **${why}.** ${words.cause}`,
    `- **${FIX_LABEL[language]}.** ${words.fix}`,
    ...cause.alert === undefined
      ? []
      : [`- **${alert}.** ${capitalized(ALERT_LABELS[language][cause.alert])}.`],
  ];
  const command = cause.command === null ? [] : [`\`\`\`\n${cause.command}\n\`\`\``];
  return [`### \`${code}\``, words.symptom, lines.join("\n"), ...command].join("\n\n");
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** As `deno fmt` writes it, since the gate checks the format of every file. */
export async function formatted(
  text: string,
  ext: "md" | "json" | "ts" = "md",
): Promise<string> {
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", ext, "-"],
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
