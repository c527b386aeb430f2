/** What all documents have in common. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DOCUMENTS = ["README.md", ...await markdownIn("docs"), ...await markdownIn("examples")];

async function markdownIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    if (name === "node_modules" || name === ".next") continue; // what examples/next has installed
    if (isDirectory) found.push(...await markdownIn(`${folder}/${name}`));
    else if (name.endsWith(".md")) found.push(`${folder}/${name}`);
  }
  return found;
}

Deno.test("no document tells anybody to put a secret on a command line", async () => {
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
  for (const file of [...DOCUMENTS, ".ci/run", "tools/causes/runbook.ts"]) {
    const text = await Deno.readTextFile(`${ROOT}${file}`);
    for (const [, version = ""] of text.matchAll(/npx -y deno(@[\d.]+)?/g)) versions.add(version);
  }
  assert.deepEqual([...versions], ["@2.9.6"]);
});

Deno.test("every setting is explained in docs/operations.md, with the default that the migrations give", async () => {
  const migrations = `${ROOT}supabase/migrations/`;
  const chapter = Array.from(Deno.readDirSync(migrations)).find(({ name }) =>
    name.endsWith("_settings.sql")
  );
  const sql = await Deno.readTextFile(migrations + chapter?.name);
  const columns = [
    ...sql.matchAll(/^ {2}(\w+) (?:boolean|integer|interval) not null default (.+),$/gm),
  ]
    .map(([, name, value = ""]) => `${name} ${value.replaceAll("'", "")}`);
  const text = await Deno.readTextFile(`${ROOT}docs/operations.md`);
  const explained = [...text.matchAll(/^\| `(\w+)` +\| `([^`]+)` +\|/gm)]
    .map(([, name, value]) => `${name} ${value}`);
  assert.ok(columns.length > 10);
  assert.deepEqual(explained, columns);
});
