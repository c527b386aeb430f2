import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator"; // the schema of OpenAPI itself
import { discoverFunctions } from "../../local/functions.ts";
import { PROBLEMS } from "../../supabase/functions/_shared/problem.ts";
import { assertValid, checkedAnswer, DOCUMENT, operationOf, OPERATIONS } from "../e2e/openapi.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

Deno.test("openapi.json is a valid OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(DOCUMENT));
  assert.equal(valid, true, JSON.stringify(errors));
  assert.equal(validator.version, "3.1");
  const { valid: broken } = await new Validator().validate({ ...DOCUMENT, paths: [] });
  assert.equal(broken, false, "a broken document is refused");
});

Deno.test("every problem code is in an operation, and each is in the catalogue with its status", () => {
  const listed = new Map<string, string>();
  const responses = [
    ...OPERATIONS.flatMap((name) => Object.entries(operationOf(name).responses)),
    ["404", DOCUMENT.components.responses.NotFound],
    ["405", DOCUMENT.components.responses.MethodNotAllowed],
  ];
  for (const [status, response] of responses as [string, typeof DOCUMENT][]) {
    const problem = response.content?.["application/problem+json"];
    for (const code of problem?.schema.properties.code.enum ?? []) listed.set(code, status);
  }
  const catalogue = Object.entries(PROBLEMS).map(([code, [status]]) => [code, String(status)]);
  assert.deepEqual([...listed].sort(), catalogue.sort());
});

Deno.test("every example of the document has the shape that stands beside it", () => {
  let checked = 0;
  for (const name of OPERATIONS) {
    const [method = "", path = ""] = name.split(" ");
    const operation = operationOf(name);
    const bodies = [
      ["requestBody", operation.requestBody],
      ...Object.entries(operation.responses).map(([status, one]) => [`responses/${status}`, one]),
    ] as [string, typeof DOCUMENT][];
    for (const [at, holder] of bodies) {
      for (const [type, content] of Object.entries<typeof DOCUMENT>(holder?.content ?? {})) {
        const pointer = ["paths", path, method, ...at.split("/"), "content", type, "schema"];
        for (const example of examplesOf(content)) {
          assertValid(pointer, example, `an example of ${name} ${at}`);
          checked++;
        }
      }
    }
  }
  assert.ok(checked > 100, String(checked));
});

function examplesOf({ example, examples = {} }: typeof DOCUMENT): unknown[] {
  const values = Object.values<typeof DOCUMENT>(examples).map(({ $ref, value }) =>
    $ref === undefined ? value : DOCUMENT.components.examples[$ref.split("/").at(-1)].value
  );
  return example === undefined ? values : [example, ...values];
}

Deno.test("every route of every function is in the document, and every function in config.toml", async () => {
  const config = await Deno.readTextFile(new URL("../config.toml", FUNCTIONS));
  const routes: string[] = [];
  for (const folder of await discoverFunctions(FUNCTIONS)) {
    assert.ok(config.includes(`[functions.${folder}]\n`), `config.toml has no block of ${folder}`);
    routes.push(...await routesOf(folder));
  }
  assert.deepEqual([...OPERATIONS].sort(), routes.sort());
});

/** As the document names them. A function without `routed()` has one. */
async function routesOf(folder: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`${folder}/index.ts`, FUNCTIONS));
  if (!text.includes("routed(")) return [`post /${folder}`];
  return [...text.matchAll(/"(GET|POST) (\/\S*)":/g)]
    .map(([, method = "", path]) => `${method.toLowerCase()} /${folder}${path}`.replace(/\/$/, ""));
}

Deno.test("given a code that a function's own source refuses with, one of its operations lists it", async () => {
  const folders = await discoverFunctions(FUNCTIONS);
  assert.ok(folders.length >= 5);
  for (const folder of folders) {
    const own = OPERATIONS.filter((name) => name.split("/")[1] === folder);
    const listed = JSON.stringify(own.map((name) => operationOf(name).responses));
    for (const code of await refusedIn(new URL(`${folder}/`, FUNCTIONS))) {
      const isAnywhere = ["not_found", "method_not_allowed"].includes(code);
      assert.ok(isAnywhere || listed.includes(`"${code}"`), `${folder} may answer ${code}`);
    }
  }
});

async function refusedIn(folder: URL): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, code = ""] of text.matchAll(/new Refusal\(\s*"(\w+)"/g)) found.add(code);
    if (text.includes("invalid(")) found.add("invalid_request");
  }
  return found;
}

Deno.test("given an answer that the document lacks, checking it fails", async () => {
  const problem = (code: string, status: number) => ({
    body: { type: `urn:sesame:problem:${code}`, title: "x", status, code },
    init: { status, headers: { "content-type": "application/problem+json" } },
  });
  const respond = ({ body, init }: ReturnType<typeof problem>) =>
    checkedAnswer("post /checkout", new Response(JSON.stringify(body), init));
  assert.equal(await respond(problem("denied", 403)), "post /checkout 403 denied");
  for (const lacking of [problem("no_access", 403), problem("denied", 418), problem("x", 403)]) {
    await assert.rejects(respond(lacking), assert.AssertionError);
  }
  const health = (body: unknown) => checkedAnswer("get /health", Response.json(body));
  assert.equal(await health({ status: "ok" }), "get /health 200");
  for (const body of [{ status: "fine" }, { status: "ok", secret: 1 }, {}]) {
    await assert.rejects(health(body), assert.AssertionError);
  }
});
