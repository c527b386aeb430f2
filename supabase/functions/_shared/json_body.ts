import { bodies } from "./body.ts";
import { type JsonObject, record } from "./facts/json.ts";
import { invalid, Refusal } from "./problem.ts";

const withBody = bodies();

/** The JSON object that a request carries. Throws `not_json`, `invalid_request`, `body_too_large`. */
export async function jsonBody(request: Request): Promise<JsonObject> {
  const body = await withBody(request, (bytes) => Promise.resolve(parsed(bytes)));
  const object = record(body);
  if (object === null) throw invalid("The body must be a JSON object.");
  return object;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal("not_json");
  }
}
