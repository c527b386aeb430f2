/** Rules for all documents. */

import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";
import { OLD_NAMES } from "../../cli/old_names.ts";
import { trackedFiles } from "./files.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATHS = (await trackedFiles()).map(({ path }) => path);
const DOCUMENTS = PATHS.filter((path) => path.endsWith(".md"));

/** The file that defines how commands are printed. */
const PRINTING = ["diagnosis/edition.ts"];

Deno.test("no document puts a secret on a command line", async () => {
  const attempts = [
    /\s--(key|db-url|db-password|password)\b/,
    /secrets set [^\n]*(KEY|SECRET|TOKEN|DB_URL)\w*=/,
    /curl [^\n]*(-u |--user |-H "?(apikey|authorization)|(KEY|SECRET))/i,
    /^\s*-H "?(apikey|authorization)/im,
  ];
  for (const file of DOCUMENTS) {
    const code = (await Deno.readTextFile(`${ROOT}${file}`)).replaceAll(/ {2}# .*$/gm, "");
    for (const attempt of attempts) assert.doesNotMatch(code, attempt, file);
  }
});

Deno.test("Deno is fetched in the one version that CI runs", async () => {
  const versions = new Set<string>();
  for (const file of [...DOCUMENTS, ".ci/run", ...PRINTING]) {
    const text = await Deno.readTextFile(`${ROOT}${file}`);
    for (const [, version = ""] of text.matchAll(/npx -y deno(@[\d.]+)?/g)) versions.add(version);
  }
  assert.deepEqual([...versions], ["@2.9.6"]);
});

Deno.test("a printed command can be pasted without Deno installed", async () => {
  const files = PATHS.filter((path) =>
    /^(cli|diagnosis|local|proofs)\/.*\.ts$/.test(path) && !path.endsWith("_test.ts")
  );
  assert.ok(files.length > 100);
  for (const file of files) {
    const code = (await Deno.readTextFile(`${ROOT}${file}`))
      .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$| \/\/ .*$/gm, "");
    const where = `${file}: write it as task("…") of diagnosis/task_command.ts`;
    assert.doesNotMatch(code, /(?<!npx -y )deno task \w|["`]task \w+ -/, where);
  }
});

/** Pages with commands for both PowerShell and bash. */
const FOR_ANY_SHELL = ["docs/ancien_site.md", "docs/depannage.md", "docs/troubleshooting.md"];

/** Syntax that only one shell understands, or that differs between them. */
const OF_ONE_SHELL: readonly [what: string, sign: RegExp][] = [
  ["export or set", /^\s*(export|set|setx|alias|source|sudo) |^\s*\$env:/i],
  ["a variable", /\$[\w{(]|%\w+%/],
  ["VAR=x before a command", /^\s*[A-Z_][A-Z0-9_]*=\S* +\w/],
  ["braces", /\{[^}]*\}/],
  ["a line that goes on", /[\\`^|]\s*$/],
  ["a second command", /&&|\|\||;|`| \| /],
  ["a file redirected", /<<|>>| [<>] |<\(/],
  ["a home folder or a path of one system", /~\/|\.\\|\\\w/],
  ["a comma that makes a list", /\w,\w/],
  ["quotes within quotes", /'[^']*"[^']*'|"[^"]*\\"/],
  ["a remark at its end, which cmd.exe takes for arguments", /\S\s+#/],
  ["curl, which is another program in PowerShell", /^\s*(curl|wget|cat|grep|tail|printf|chmod) /],
  [
    "a program that is not npx's or Stripe's",
    /^\s*(?!npx (-y |supabase@|sesame-supabase[@ ])|stripe |#)\S/,
  ],
];

Deno.test("the commands of the runbooks and of the old site's page work in PowerShell and bash", async () => {
  for (const file of FOR_ANY_SHELL) {
    const lines = shellLines(await Deno.readTextFile(`${ROOT}${file}`));
    assert.ok(lines.length > 8, file);
    for (const line of lines) {
      // A blank for the reader is not a redirection.
      const filled = line.replaceAll(/<[a-z ]+>/g, "x");
      for (const [what, sign] of OF_ONE_SHELL) {
        assert.doesNotMatch(filled, sign, `${file}: ${line} has ${what}`);
      }
    }
  }
});

Deno.test("catches a command that only one shell understands", () => {
  const attempts = [
    'export REF="x"',
    'npx -y deno@2.9.6 task setup --ref "$REF"',
    "STRIPE_SECRET_KEY=x npx -y deno@2.9.6 task dev",
    "cp a/{b,c} d",
    "npx -y deno@2.9.6 task doctor \\",
    "npx -y deno@2.9.6 task doctor `",
    "npx -y deno@2.9.6 task keys && npx -y deno@2.9.6 task doctor",
    "curl -d '{\"a\": 1}' https://example.com",
    ".\\fix-module-automation.ps1",
    "deno task doctor",
    "npx -y deno@2.9.6 task doctor > x.txt",
    "npx -y deno@2.9.6 task doctor  # all of it",
  ];
  for (const line of attempts) {
    assert.ok(OF_ONE_SHELL.some(([, sign]) => sign.test(line)), line);
  }
});

/** The lines of the blocks that are typed into a shell; SQL, JSON and the like are not. */
function shellLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, language = ""]) => ["", "sh", "bash", "powershell", "console"].includes(language));
  const inText = [...text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`(npx -y [^`]+)`/g)]
    .map(([, command = ""]) => command.replaceAll(/\s+/g, " "));
  return [...blocks.flatMap(([, , body = ""]) => body.trim().split("\n")), ...inText]
    .filter((line) => !/^(select|insert|update|alter|create|grant) /.test(line));
}

/** Each script, step, file, variable and figure of the old site's two guides. */
const OF_THE_GUIDES = [
  ...["fix-module-automation.ps1", "test-module-automation.ps1", "create-module-access-manual.sql"],
  ...["`check-…`", "Diagnostic 1", "Diagnostic 2", "Diagnostic 3", "Solution 1", "Solution 2.1"],
  ...["Solution 2.2", "Solution 2.3", "Solution 3", "Solution 4", "Test 1", "Test 2", "Test 3"],
  ...["Processus 1", "Processus 2", "Processus 3", "Processus 4", "Processus 5", "Étape 1"],
  ...["Étape 2.1", "Étape 2.2", "Étape 2.3", "Résultat 1", "Résultat 2", "Résultat 3"],
  ...["Résultat 4", "**Note**", "**Support**", "Script SQL", "**Symptômes**"],
  ...["logs/traefik/access.log", "logs/nginx/error.log", "Console Supabase"],
  ...["/api/generate-module-token-webhook", "https://iahome.fr/api/webhooks/stripe"],
  ...["https://iahome.fr/encours", "http://localhost:3000/encours", "stripe listen --forward-to"],
  ...["checkout.session.completed", "invoice.payment_succeeded", "StableDiffusion"],
  ...["CREATE TABLE IF NOT EXISTS", "CREATE INDEX IF NOT EXISTS", "INSERT INTO module_access"],
  ...[
    "NEXT_PUBLIC_SUPABASE_URL",
    "SUPABASE_SERVICE_ROLE_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "JWT_SECRET",
  ],
  ...["Nombre d’accès modules créés", "Taux de succès des webhooks", "Temps de réponse des APIs"],
];

Deno.test("docs/ancien_site.md says what became of each step of the old guides", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/ancien_site.md`);
  assert.deepEqual(OF_THE_GUIDES.filter((words) => !text.includes(words)), []);
});

Deno.test("every old name of a variable is explained with its new name, in both languages", async () => {
  for (const file of ["docs/ancien_site.md", "docs/operations.md"]) {
    const rows = (await Deno.readTextFile(`${ROOT}${file}`)).split("\n");
    for (const [today, { old }] of Object.entries(OLD_NAMES)) {
      for (const name of old) {
        const row = rows.find((row) => row.startsWith("|") && row.includes(`\`${name}\``));
        assert.ok(row?.includes(`\`${today}\``), `${file}: ${name} is ${today} now`);
      }
    }
  }
});

for (const file of DOCUMENTS) {
  Deno.test(`every link of ${file} leads somewhere`, async () => {
    const links = linksOf(await Deno.readTextFile(`${ROOT}${file}`));
    if (FOR_ANY_SHELL.includes(file)) assert.ok(links.length > 10, file);
    const dead: string[] = [];
    for (const link of links) if (!await leadsSomewhere(file, link)) dead.push(link);
    assert.deepEqual(dead, []);
  });
}

/** The links to other files and headings; what is written as code is no link. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^https?:/.test(link));
}

async function leadsSomewhere(file: string, link: string): Promise<boolean> {
  const [path = "", anchor] = link.split("#");
  const base = pathToFileURL(`${ROOT}${file}`);
  const url = path === "" ? base : new URL(path, base);
  const found = await Deno.stat(url).catch(() => null);
  if (found === null) return false;
  if (anchor === undefined) return true;
  return !found.isDirectory && anchorsOf(await Deno.readTextFile(url)).includes(anchor);
}

Deno.test("the README is at most 90 lines of 100 characters, and has the command that CI runs", async () => {
  const text = await Deno.readTextFile(`${ROOT}README.md`);
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length <= 90, `${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => [...line].length > 100), []);
  const command = "npx -y deno@2.9.6 task test";
  assert.match(text, new RegExp(`^${command}( |$)`, "m"));
  assert.match(await Deno.readTextFile(`${ROOT}.ci/run`), new RegExp(`^${command}$`, "m"));
});

/** The anchors that GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")
  );
}
