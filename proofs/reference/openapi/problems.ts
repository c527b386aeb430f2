import { type ProblemCode, PROBLEMS } from "../../../supabase/functions/_shared/problem.ts";

export type Json = Record<string, unknown>;

/** The refusals of a JSON body. */
export const BODY_CODES = [
  "not_json",
  "invalid_request",
  "body_too_slow",
  "body_too_large",
] as const satisfies ProblemCode[];

/** The refusals of any operation that calls the database. */
export const ANY_CODES = ["internal", "unavailable"] as const satisfies ProblemCode[];

/** The refusals of an operation, as its responses by status. A code that the catalogue lacks does not compile. */
export function refusals(...codes: ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code][0]);
  const sorted = [...byStatus].toSorted(([one], [other]) => one - other);
  return Object.fromEntries(
    sorted.map(([status, same]) => [String(status), refusal(status, same)]),
  );
}

/** One response that stands for several codes of a status. */
export function refusal(status: number, codes: readonly ProblemCode[]): Json {
  return {
    description: codes.map((code) => `${code}: ${PROBLEMS[code][1]}`).join("\n\n"),
    ...headersOf(status),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [{ $ref: "#/components/schemas/Problem" }],
          type: "object",
          properties: { status: { const: status }, code: { enum: codes } },
        },
        examples: Object.fromEntries(codes.map((code) => [code, exampleRef(code)])),
      },
    },
  };
}

function headersOf(status: number): Json {
  if (status === 405) {
    return { headers: { allow: header("The methods that the path takes.") } };
  }
  if (status === 503) {
    return { headers: { "retry-after": header("Seconds until the next attempt makes sense.") } };
  }
  return {};
}

export function header(description: string): Json {
  return { description, schema: { type: "string" } };
}

function exampleRef(code: ProblemCode): Json {
  return { $ref: `#/components/examples/${code}` };
}

/** One example for each code, that all responses refer to. */
export function problemExamples(): Json {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  return Object.fromEntries(codes.map((code) => {
    const [status, title] = PROBLEMS[code];
    return [code, { value: { type: `urn:sesame:problem:${code}`, title, status, code } }];
  }));
}
