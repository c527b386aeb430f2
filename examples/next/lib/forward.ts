import { bodyOf } from "./body.ts";
import { problem } from "./problem.ts";
import { projectUrl } from "./project.ts";

/** How long a function may take, in milliseconds. The webhook itself gives up after six seconds. */
const TIME_LIMIT = 15_000;

/** The headers of the function that a caller may need. Retry-After says when to try again. */
const PASSED_ON = ["content-type", "cache-control", "retry-after"];

/**
 * Sends a request's body to one of the project's functions, and returns its answer. The body is never
 * parsed: the signature covers its bytes, and JSON that is written again has other bytes.
 */
export async function forward(
  request: Request,
  name: string,
  headers: Record<string, string>,
  timeLimit = TIME_LIMIT,
): Promise<Response> {
  const body = await bodyOf(request);
  if (body === "too_large") return problem(413, "body_too_large", "The body is larger than 1 MB.");
  if (body === "too_slow") {
    const title = "The body did not arrive within ten seconds; nothing was forwarded.";
    return problem(408, "body_too_slow", title, { connection: "close" });
  }
  const url = `${projectUrl()}/functions/v1/${name}`;
  try {
    const signal = AbortSignal.timeout(timeLimit);
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
    return new Response(await answer.arrayBuffer(), {
      status: answer.status,
      headers: passedOn(answer.headers),
    });
  } catch (error) {
    // Only the reason: a log line must not contain a payment or a key.
    // deno-lint-ignore no-console -- this is the server's log
    console.error(`${name} did not answer: ${reasonOf(error)}`);
    const title = "The function did not answer; nothing was acknowledged. Send it again.";
    return problem(503, "unavailable", title, { "retry-after": "5" });
  }
}

function passedOn(headers: Headers): [string, string][] {
  return PASSED_ON.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}

/** A code such as `ECONNREFUSED`; the message of fetch only says that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = Object(error.cause) as { code?: string };
  return code ?? error.name;
}
