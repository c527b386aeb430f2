import type { ProblemCode } from "../../../supabase/functions/_shared/problem.ts";
import { type Json, refusals } from "./problems.ts";
import { ref } from "./schemas.ts";

/** An operation, before its responses are written out. */
interface Operation {
  id: string;
  summary: string;
  description?: string;
  /** Who may call: names of security schemes, any one of them; []: everybody. */
  security: readonly string[];
  parameters?: Json[];
  request?: Request;
  /** The good answers. */
  answers: Json;
  refusals: readonly ProblemCode[];
}

interface Request {
  schema: Json;
  isOptional?: boolean;
  examples: Record<string, Json>;
}

/** The operation as OpenAPI has it. */
export function operation(
  { id, request, answers, refusals: codes, security, ...rest }: Operation,
): Json {
  return {
    operationId: id,
    ...rest,
    security: security.map((name) => ({ [name]: [] })),
    ...request === undefined ? {} : { requestBody: requestBody(request) },
    responses: merged(answers, refusals(...codes)),
  };
}

function requestBody({ schema, isOptional = false, examples }: Request): Json {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return {
    required: !isOptional,
    content: { "application/json": { schema, examples: Object.fromEntries(named) } },
  };
}

/** A good answer of JSON. */
export function json(description: string, schema: string | Json, example: unknown): Json {
  return {
    description,
    content: {
      "application/json": { schema: typeof schema === "string" ? ref(schema) : schema, example },
    },
  };
}

/** A status that is both a good answer and a refusal has the contents of both. */
function merged(answers: Json, refused: Json): Json {
  const result: Json = { ...answers };
  for (const [status, response] of Object.entries(refused)) {
    const same = answers[status] as { description: string; content: Json } | undefined;
    const other = response as { description: string; content: Json };
    result[status] = same === undefined ? other : {
      ...other,
      description: `${same.description}\n\n${other.description}`,
      content: { ...same.content, ...other.content },
    };
  }
  return result;
}
