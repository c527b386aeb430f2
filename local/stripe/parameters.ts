/** Checks every request against the parameters that Stripe publishes. */

import type { Form, FormValue } from "./form.ts";
import parameters from "../../stripe/parameters.json" with { type: "json" };
import type { Fields, Shape } from "./shape.ts";
import { invalidRequest } from "./stripe_error.ts";
import { FORMER, UNPUBLISHED } from "./unpublished.ts";

const KNOWN: Record<string, Fields> = {
  ...parameters as unknown as Record<string, Fields>,
  ...UNPUBLISHED,
};

/** The endpoints with known parameters: `POST /v1/customers`. */
export const ENDPOINTS: ReadonlySet<string> = new Set(Object.keys(KNOWN));

/**
 * The parameters as the client's types have them: numbers, booleans and lists made from text. For a
 * request that names no API version (`null`), those of former versions count too.
 *
 * @throws StripeError in Stripe's words where a name is unknown, a value is not allowed, …
 */
export function readParameters(
  endpoint: string,
  form: Form,
  version: string | null,
): Record<string, unknown> {
  const known = KNOWN[endpoint];
  if (known === undefined) throw new Error(`the parameters of ${endpoint} are not known`);
  const former = version === null ? FORMER[endpoint] : {};
  return readFields({ ...known, fields: { ...former, ...known.fields } }, form, "");
}

function readFields({ fields, required = [] }: Fields, form: Form, at: string) {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    const param = at === "" ? name : `${at}[${name}]`;
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape === undefined) {
      throw invalidRequest(`Received unknown parameter: ${param}`, {
        code: "parameter_unknown",
        param,
      });
    }
    values[name] = readValue(shape, value, param);
  }
  const missing = required.find((name) => values[name] === undefined);
  if (missing === undefined) return values;
  const param = at === "" ? missing : `${at}[${missing}]`;
  throw invalidRequest(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}

function readValue(shape: Shape, value: FormValue, param: string): unknown {
  if (value === "") return null; // removed
  if (typeof shape === "string" || Array.isArray(shape)) return readPlain(shape, value, param);
  if (typeof value === "string") {
    if ("orPlain" in shape) return readPlain("number", value, param);
    throw invalidRequest(`Invalid ${"list" in shape ? "array" : "object"}`, { param });
  }
  if ("list" in shape) {
    return Object.entries(value).map(([place, one]) =>
      readValue(shape.list, one, `${param}[${place}]`)
    );
  }
  if ("map" in shape) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, one]) => [name, readValue(shape.map, one, `${param}[${name}]`)]),
    );
  }
  return readFields(shape, value, param);
}

function readPlain(shape: Shape & (string | string[]), value: FormValue, param: string): unknown {
  if (typeof value !== "string") throw invalidRequest(`Invalid string: ${param}`, { param });
  if (Array.isArray(shape)) {
    if (shape.includes(value)) return value;
    throw invalidRequest(`Invalid ${param}: must be one of ${shape.join(", ")}`, { param });
  }
  if (shape === "string") return value;
  if (shape === "boolean") {
    if (value === "true" || value === "false") return value === "true";
    throw invalidRequest(`Invalid boolean: ${value}`, { param });
  }
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  throw invalidRequest(`Invalid integer: ${value}`, { code: "parameter_invalid_integer", param });
}
