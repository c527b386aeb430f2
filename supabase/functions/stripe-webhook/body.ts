import { Refusal } from "../_shared/problem.ts";

/** The largest body worth reading, in bytes. Stripe's own stay far below. */
export const MAX_BODY = 1_048_576;

/** How much of an unwanted body is read for its sender's sake, in bytes. */
const MAX_DISCARDED = 8 * MAX_BODY;

/** The body's bytes. Throws `body_too_large`, by what the request claims and by what it sends. */
export async function readBody({ headers, body }: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const claimed = Number(headers.get("content-length"));
  const size = claimed > MAX_BODY
    ? claimed
    : await readChunks(body, MAX_BODY, (chunk) => chunks.push(chunk));
  if (size <= MAX_BODY) return joined(chunks, size);

  await discardBody(body);
  throw new Refusal("body_too_large");
}

/**
 * Reads a body nobody wants, within bounds. A server that finds one unread closes the connection,
 * and a sender still busy writing may never see the answer.
 */
export async function discardBody(body: Request["body"]): Promise<void> {
  await readChunks(body, MAX_DISCARDED, () => {});
  await body?.cancel();
}

/** Takes chunks until the end, or until there were more than `most` bytes; how many there were. */
async function readChunks(
  body: Request["body"],
  most: number,
  take: (chunk: Uint8Array) => void,
): Promise<number> {
  if (body === null) return 0;
  const reader = body.getReader();
  let size = 0;
  for (let { value } = await reader.read(); value; { value } = await reader.read()) {
    size += value.length;
    take(value);
    if (size > most) break;
  }
  reader.releaseLock(); // what is left can still be discarded
  return size;
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
