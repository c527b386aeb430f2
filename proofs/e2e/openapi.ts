/** Holds answers of the running functions against docs/reference/openapi.json. */

import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/2020"; // JSON Schema as OpenAPI 3.1 uses it
import formats from "ajv-formats"; // uuid, uri and date-time, which Ajv itself takes unchecked

// deno-lint-ignore no-explicit-any -- a document that another validator has checked
type Json = any;

const FILE = new URL("../../docs/reference/openapi.json", import.meta.url);
const PROBLEM = "application/problem+json";

export const DOCUMENT: Json = JSON.parse(await Deno.readTextFile(FILE));

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: true });
formats.default(ajv);
// OpenAPI's fields around the schemas are not keywords of JSON Schema. Inside a schema any unknown word is an error.
ajv.addVocabulary(Object.keys(DOCUMENT));
ajv.addSchema(DOCUMENT, "openapi");

/** An operation by its method and path, as in `post /checkout`. */
export type OperationName = `${"get" | "post"} /${string}`;

export const OPERATIONS: readonly OperationName[] = Object.entries<Json>(DOCUMENT.paths).flatMap(
  ([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}` as OperationName),
);

export function operationOf(name: OperationName): Json {
  const [method = "", path = ""] = name.split(" ");
  const operation = DOCUMENT.paths[path]?.[method];
  assert.ok(operation !== undefined, `the document has no ${name}`);
  return operation;
}

/** All answers that the document lists: `post /checkout 401 not_signed_in`, `get /health 200`. */
export function listedAnswers(): string[] {
  return OPERATIONS.flatMap((name) =>
    Object.entries<Json>(operationOf(name).responses).flatMap(([status, response]) => {
      const { [PROBLEM]: problem, ...good } = response.content ?? {};
      const codes = Object.keys(problem?.examples ?? {}).map((code) => ` ${code}`);
      const isGoodToo = problem === undefined || Object.keys(good).length > 0;
      return [...isGoodToo ? [""] : [], ...codes].map((code) => `${name} ${status}${code}`);
    })
  );
}

/** Throws unless the document lists this answer with this very shape; answers it as `listedAnswers` writes it. */
export async function checkedAnswer(name: OperationName, response: Response): Promise<string> {
  const [method = "", path = ""] = name.split(" ");
  const pointer = ["paths", path, method, "responses", String(response.status)];
  const listed = operationOf(name).responses[response.status];
  const code = await checkedContent(pointer, listed, response, name);
  return `${name} ${response.status}${code}`;
}

/** The same for an answer that belongs to no operation: `NotFound`, `MethodNotAllowed`. */
export async function checkedOther(name: string, response: Response): Promise<void> {
  const listed = DOCUMENT.components.responses[name];
  await checkedContent(["components", "responses", name], listed, response, name);
}

/** A space and the code of a problem; "" for everything else. */
async function checkedContent(
  pointer: string[],
  listed: Json,
  response: Response,
  name: string,
): Promise<string> {
  const body = await response.text();
  const said = `${name} answered ${response.status} ${body}`;
  assert.ok(listed !== undefined, `${said}, a status that the document lacks`);
  const missing = Object.keys(listed.headers ?? {})
    .filter((header) => isOwed(header, response) && !response.headers.has(header));
  assert.deepEqual(missing, [], `${said} without a header that the document has`);
  if (listed.content === undefined) {
    assert.equal(body, "", `${said}, where the document has no body`);
    return "";
  }
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  assert.ok(type in listed.content, `${said} as ${type}, which the document lacks`);
  const value = type.endsWith("json") ? JSON.parse(body) : body;
  assertValid([...pointer, "content", type, "schema"], value, said);
  return type === PROBLEM ? ` ${value.code}` : "";
}

/** An unhealthy project is also answered with 503, without `retry-after`. */
function isOwed(header: string, response: Response): boolean {
  return header !== "retry-after" ||
    response.headers.get("content-type")?.startsWith(PROBLEM) === true;
}

/** Throws unless a body is one that the operation takes. */
export function assertTaken(name: OperationName, body: unknown): void {
  const [method = "", path = ""] = name.split(" ");
  const pointer = ["paths", path, method, "requestBody", "content", "application/json", "schema"];
  assertValid(pointer, body, `${name} was sent ${JSON.stringify(body)}`);
}

/** Throws unless a value has the shape that stands at this place of the document. */
export function assertValid(pointer: readonly string[], value: unknown, said: string): void {
  const validate = validatorAt(pointer);
  assert.ok(validate(value), `${said}: ${ajv.errorsText(validate.errors, { separator: "\n" })}`);
}

const validators = new Map<string, ValidateFunction>();

function validatorAt(pointer: readonly string[]): ValidateFunction {
  const parts = pointer.map((part) =>
    encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))
  );
  const $ref = `openapi#/${parts.join("/")}`;
  const found = validators.get($ref) ?? ajv.compile({ $ref });
  validators.set($ref, found);
  return found;
}
