/** The order of the rooms: no import goes upwards, and no circle of files. */

import assert from "node:assert/strict";
import { trackedFiles } from "./files.ts";
import { type Reference, referencesOf } from "./imports.ts";
import { type Arrow, circles, FLOORS, refusal } from "./rooms.ts";

type NamedFile = Arrow & Pick<Reference, "kind">;

async function everyReference(): Promise<NamedFile[]> {
  const files = (await trackedFiles()).filter(({ path }) => /\.(m?[jt]s|[jt]sx)$/.test(path));
  assert.ok(files.length > 600, "git lists the sources");
  return files.flatMap(({ path, text }) =>
    referencesOf(path, text).map((reference) => ({ from: path, ...reference }))
  );
}

const references = await everyReference();

Deno.test("no file names a file of a room above its own", () => {
  const refused = references.flatMap((arrow) => {
    const why = refusal(arrow);
    return why === null ? [] : [`${arrow.from} names ${arrow.to}: ${why}`];
  });
  assert.deepEqual(refused, []);
});

Deno.test("no files import each other in a circle", () => {
  const imports = references.filter(({ kind }) => kind === "import");
  assert.deepEqual(circles(imports).map((circle) => circle.join(" → ")), []);
});

Deno.test("every folder of sources is a room", async () => {
  const folders = new Set(
    (await trackedFiles()).filter(({ path }) => /\/.*\.tsx?$/.test(path))
      .map(({ path }) => path.split("/")[0] ?? ""),
  );
  assert.deepEqual([...folders].filter((folder) => !FLOORS.flat().includes(folder)), []);
});

/** One file, as each way of naming another is written in it. */
const SAMPLE = `
  import { a } from "../../cli/a.ts";
  import type { B } from "../../cli/b.ts";
  export * from "../../cli/c.ts";
  type D = import("../../cli/d.ts").D;
  const e = await import("../../cli/e.ts");
  const f = await import(\`../../cli/\${name}.ts\`);
  const g = new URL("../../cli/g/", import.meta.url);
  const h = new URL(\`../../cli/h/\${name}\`, import.meta.url);
  // import "../../cli/comment.ts";
  const text = 'import "../../cli/string.ts"';
  const other = new URL("../../cli/other", "https://example.com");
  import postgres from "postgres";
`;

Deno.test("catches an import upwards in every syntax", () => {
  const found = referencesOf("local/stripe/x.ts", SAMPLE);
  const letters = ["a.ts", "b.ts", "c.ts", "d.ts", "e.ts", "", "g/", "h/"];
  assert.deepEqual(found.map(({ to }) => to), letters.map((name) => `cli/${name}`));
  assert.deepEqual(found.map(({ kind }) => kind).lastIndexOf("import"), 5);
  for (const { to } of found) {
    assert.equal(refusal({ from: "local/stripe/x.ts", to }), "cli/ is above local/");
  }
});

Deno.test("catches a room that names a forbidden file", () => {
  const cases: [from: string, to: string, why: string | null][] = [
    ["supabase/functions/x.ts", "stripe/events.ts", "supabase/ names nothing outside itself"],
    ["supabase/functions/x.ts", "docs/errors.md", "supabase/ names nothing outside itself"],
    ["stripe/events.ts", "supabase/functions/x.ts", "stripe/ names nothing outside itself"],
    ["cli/doctor/main.ts", "proofs/faults/main.ts", "proofs/ is above cli/"],
    ["examples/x.ts", "proofs/x.ts", "proofs/ is above examples/"],
    ["pages/operator/cause.ts", "diagnosis/causes.ts", null],
    ["local/stack.ts", "client/index.ts", null],
    ["proofs/x.ts", "pages/pages.ts", null],
    ["cli/x.ts", "docs/operations.md", null],
    ["attic/x.ts", "local/stack.ts", "attic is not in the list of rooms"],
  ];
  for (const [from, to, why] of cases) assert.equal(refusal({ from, to }), why, `${from} ${to}`);
});

Deno.test("catches a circle of files, and a file that imports itself", () => {
  const arrows = (...names: string[]) =>
    names.map((name) => ({ from: name[0] ?? "", to: name[1] ?? "" }));
  assert.deepEqual(circles(arrows("ab", "bc", "ca", "ad")), [["a", "b", "c", "a"]]);
  assert.deepEqual(circles(arrows("aa")), [["a", "a"]]);
  assert.deepEqual(circles(arrows("ab", "ac", "bd", "cd")), []);
});
