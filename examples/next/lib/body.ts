/** The largest body that the project's functions take, in bytes. */
const MAX_BODY = 1_048_576;

/** How much of a larger body is read, so that its sender finishes writing and sees the answer. */
const MAX_DISCARDED = 8 * MAX_BODY;

/** How long a body may take to arrive, in milliseconds. The functions have the same limit. */
const TIME_LIMIT = 10_000;

/** The bytes of a request's body, unchanged; or why they were not read. */
export async function bodyOf(
  { body }: Request,
  timeLimit = TIME_LIMIT,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "too_slow"> {
  if (body === null) return new Uint8Array();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"too_slow">((resolve) => {
    timer = setTimeout(resolve, timeLimit, "too_slow");
  });
  try {
    return await Promise.race([readAll(body), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer> | "too_large"> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let { value } = await reader.read(); value; { value } = await reader.read()) {
    size += value.length;
    if (size <= MAX_BODY) chunks.push(value);
    else chunks.length = 0;
    if (size > MAX_DISCARDED) break;
  }
  return size > MAX_BODY ? "too_large" : joined(chunks, size);
}

function joined(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
