import { Refusal, Unavailable } from "./problem.ts";

/** The largest body worth reading, in bytes. Stripe's own stay far below. */
export const MAX_BODY = 1_048_576;

/** How much of an unwanted body is read for its sender's sake, in bytes. */
const MAX_DISCARDED = 8 * MAX_BODY;

/** The bytes of all bodies that may be held at once: nobody knows yet who sent them. */
const MAX_HELD = 32 * MAX_BODY;

/**
 * Gives a request's body to `use`, and holds it no longer than that.
 *
 * Throws `body_too_large`, by what the request claims and by what it sends, and `Unavailable` where
 * the bodies of all requests are too much.
 */
export type WithBody = <Result>(
  request: Request,
  use: (body: Uint8Array) => Promise<Result>,
) => Promise<Result>;

/** Bodies, of which no more than so many bytes are held at once. */
export function bodies(maxHeld = MAX_HELD): WithBody {
  let held = 0;

  return async ({ headers, body }, use) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    function take(chunk: Uint8Array): boolean {
      size += chunk.length;
      held += chunk.length;
      chunks.push(chunk);
      return size <= MAX_BODY && held <= maxHeld;
    }
    function letGo(): void {
      held -= size;
      size = 0;
      chunks.length = 0;
    }
    try {
      const isClaimedLarge = Number(headers.get("content-length")) > MAX_BODY;
      if (!isClaimedLarge && await readChunks(body, take)) {
        return await use(joined(chunks.splice(0), size));
      }
      const isTooLarge = isClaimedLarge || size > MAX_BODY;
      letGo();
      await discardBody(body);
      throw isTooLarge ? new Refusal("body_too_large") : new Unavailable("bodies_full");
    } finally {
      letGo();
    }
  };
}

/**
 * Reads a body nobody wants, within bounds. A server that finds one unread closes the connection,
 * and a sender still busy writing may never see the answer.
 */
export async function discardBody(body: Request["body"]): Promise<void> {
  let size = 0;
  await readChunks(body, (chunk) => (size += chunk.length) <= MAX_DISCARDED);
  await body?.cancel();
}

/** Offers chunks until the end, or until one is not taken; whether it came to the end. */
async function readChunks(
  body: Request["body"],
  take: (chunk: Uint8Array) => boolean,
): Promise<boolean> {
  if (body === null) return true;
  const reader = body.getReader();
  let isTaken = true;
  for (let { value } = await reader.read(); value; { value } = await reader.read()) {
    isTaken = take(value);
    if (!isTaken) break;
  }
  reader.releaseLock(); // what is left can still be discarded
  return isTaken;
}

function joined(chunks: Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
