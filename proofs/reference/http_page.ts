import { task } from "../../diagnosis/task_command.ts";
import { code, generated, list, page } from "./markdown.ts";
import { openapi } from "./openapi/document.ts";

interface Operation {
  summary: string;
  description?: string;
  security: Record<string, unknown>[];
  responses: Record<string, Response>;
}

interface Response {
  content?: Record<string, { examples?: Record<string, unknown> }>;
}

const CALLERS: Record<string, string> = {
  session: "a signed-in member (`authorization: Bearer <access token>`)",
  secretKey: "a server, with the secret key in the header `apikey`",
  stripeSignature: "Stripe (header `stripe-signature`)",
};

/** docs/reference/functions.md: the OpenAPI document in short. */
export function httpPage(): string {
  const paths = openapi().paths as Record<string, Record<string, Operation>>;
  return page(
    generated(
      "Edge functions",
      "What the edge functions take and answer, in short. [openapi.json](openapi.json) has the bodies and examples, and " +
        "[errors](../errors.md#from-the-functions) says what each code means. The address is " +
        `\`https://<ref>.supabase.co/functions/v1\`, and with \`${
          task("dev")
        }\` \`http://127.0.0.1:54321/functions/v1\`.`,
    ),
    "Every path answers another method with 405 [`method_not_allowed`](../errors.md#method_not_allowed), and an " +
      "unknown path with 404 [`not_found`](../errors.md#not_found).",
    ...Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => describe(path, method, operation))
    ),
  );
}

function describe(path: string, method: string, operation: Operation): string {
  const { summary, description, security, responses } = operation;
  const callers = security.flatMap(Object.keys).map((name) => CALLERS[name] ?? name);
  return page(
    `## ${method.toUpperCase()} ${path}`,
    [`${summary}.`, description].join(" ").trim(),
    `Callers: ${callers.length === 0 ? "everybody" : callers.join(", or ")}.`,
    list(Object.entries(responses).map(([status, response]) => `${status}${codesOf(response)}`)),
  ).trimEnd();
}

function codesOf({ content = {} }: Response): string {
  const { "application/problem+json": problem, ...good } = content;
  const types = Object.keys(good).map(code);
  const codes = Object.keys(problem?.examples ?? {})
    .map((name) => `[${code(name)}](../errors.md#${name})`);
  const all = [...types, ...codes];
  return all.length === 0 ? "" : `: ${all.join(", ")}`;
}
