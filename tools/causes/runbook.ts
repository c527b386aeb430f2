/**
 * `deno task runbook`: writes the runbooks, in English and in French, from the table of causes.
 *
 * @module
 */

import type { Cause, Words } from "./cause.ts";
import { CAUSES } from "./causes.ts";

/** A runbook by its language, its file and its headings. */
interface Edition {
  language: "en" | "fr";
  file: string;
  title: string;
  introduction: string;
  why: string;
  mend: string;
}

export const EDITIONS: readonly Edition[] = [
  {
    language: "en",
    file: "docs/troubleshooting.md",
    title: "Troubleshooting",
    introduction:
      "“I paid and my module is not there.” Ask for the address, or the receipt, and type:\n\n" +
      "```sh\nnpx -y deno@2.9.6 task explain ada@example.com whisper\nnpx -y deno@2.9.6 task explain <payment id>\n```\n\n" +
      "It prints the chain from the payment to the page, the first link that is broken, and one of " +
      "these codes, with the command that fixes it. In these commands, `<price id>`, `<source id>` (the session, " +
      "invoice, payment or subscription), `<module>` (its slug) and `<user id>` stand for what it fills in where it " +
      "knows it; `<you>` is your name. The page is made from `tools/causes/causes.ts` by `deno task runbook`.",
    why: "Why",
    mend: "Mend",
  },
  {
    language: "fr",
    file: "docs/depannage.md",
    title: "Dépannage",
    introduction:
      "« J’ai payé et mon module n’est pas là. » Demandez l’adresse, ou le reçu, et tapez :\n\n" +
      "```sh\nnpx -y deno@2.9.6 task explain ada@example.com whisper\nnpx -y deno@2.9.6 task explain <payment id>\n```\n\n" +
      "La commande montre la chaîne du paiement à la page, le premier maillon rompu, et l’un de ces " +
      "codes, avec la commande qui corrige. Dans ces commandes, `<price id>`, `<source id>` (la session, la facture, " +
      "le paiement ou l’abonnement), `<module>` (son nom court) et `<user id>` sont remplis quand ils sont connus ; " +
      "`<you>` est votre nom. Cette page est produite depuis `tools/causes/causes.ts` par `deno task runbook`.",
    why: "Cause",
    mend: "Remède",
  },
];

/** The whole text of one edition, before it is formatted. */
export function writeRunbook(edition: Edition): string {
  const entries = Object.entries(CAUSES).map(([code, cause]) => writeEntry(code, cause, edition));
  return [`# ${edition.title}`, edition.introduction, ...entries].join("\n\n") + "\n";
}

function writeEntry(code: string, cause: Cause, { language, why, mend }: Edition): string {
  const words: Words = cause[language];
  const lines = [
    `## \`${code}\``,
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
    cwd: new URL("../../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([text]).stream().pipeTo(fmt.stdin);
  return new TextDecoder().decode((await fmt.output()).stdout);
}

export function fileOf(edition: Edition): URL {
  return new URL(`../../${edition.file}`, import.meta.url);
}

if (import.meta.main) {
  for (const edition of EDITIONS) {
    await Deno.writeTextFile(fileOf(edition), await formatted(writeRunbook(edition)));
  }
}
