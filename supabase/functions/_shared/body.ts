import { Refusal, Unavailable } from "./problem.ts";

/** The largest body that is read, in bytes. Stripe's own bodies are much smaller. */
export const MAX_BODY = 1_048_576;

/** How many bytes of a refused body are read, so that its sender sees the answer. */
const MAX_DISCARDED = 8 * MAX_BODY;

/**
 * The largest body that is read at once, in bytes. Most of Stripe's are smaller. Reading in chunks takes a
 * fifth of the CPU of a delivery. Each claim of such a length is held, until half of the memory is claimed.
 */
const SMALL = 16_384;

/** The bytes of all bodies that may be held at once. Their senders are not known yet. */
const MAX_HELD = 32 * MAX_BODY;

/** How long a body may take to arrive, in milliseconds. A slow connection sends 1 MB in that time. */
const TIME_LIMIT = 10_000;

/**
 * Gives a request's body to `use`, and frees the memory afterwards.
 *
 * Throws `body_too_large`, by the length that the request claims and by the bytes it sends. Throws
 * `body_too_slow`, and `Unavailable` while the bodies of all requests are too much.
 */
export type WithBody = <Result>(request: Request, use: Use<Result>) => Promise<Result>;

type Use<Result> = (body: Uint8Array) => Promise<Result>;

/** Reads bodies, and holds no more than `maxHeld` bytes of them at once. */
export function bodies(maxHeld = MAX_HELD, timeLimit = TIME_LIMIT): WithBody {
  let held = 0;

  /** Its length is held from the beginning, because nothing says how much of it has arrived. */
  async function atOnce<Result>(request: Request, length: number, use: Use<Result>) {
    held += length;
    try {
      return await use(await wholeBody(request, timeLimit));
    } finally {
      held -= length;
    }
  }

  async function inChunks<Result>({ headers, body }: Request, use: Use<Result>) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    function take(chunk: Uint8Array): boolean {
      size += chunk.length;
      held += chunk.length;
      chunks.push(chunk);
      return size <= MAX_BODY && held <= maxHeld;
    }
    function release(): void {
      held -= size;
      size = 0;
      chunks.length = 0;
    }
    try {
      const isClaimedLarge = Number(headers.get("content-length")) > MAX_BODY;
      const end = isClaimedLarge ? "refused" : await readChunks(body, take, timeLimit);
      if (end === "read") return await use(joined(chunks.splice(0), size));
      if (end === "late") throw tooSlow();

      const isTooLarge = isClaimedLarge || size > MAX_BODY;
      release();
      await discardBody(body, timeLimit);
      throw isTooLarge ? new Refusal("body_too_large") : new Unavailable("bodies_full");
    } finally {
      release();
    }
  }

  return (request, use) => {
    const length = smallLength(request.headers);
    // Senders who claim and stay silent can take half of the memory. The rest is for what has arrived.
    const isRoom = length !== null && held + length <= maxHeld / 2;
    return isRoom ? atOnce(request, length, use) : inChunks(request, use);
  };
}

/** The length of a small body; null: the body is large, or only its end shows how long it is. */
function smallLength(headers: Headers): number | null {
  const length = headers.get("content-length") ?? "";
  // With this header the other one says nothing.
  if (headers.has("transfer-encoding") || !/^\d{1,6}$/.test(length)) return null;
  return Number(length) <= SMALL ? Number(length) : null;
}

function wholeBody(request: Request, timeLimit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow()), timeLimit);
    request.bytes().then((body) => {
      if (body.length > SMALL) throw new Refusal("body_too_large"); // a server would not let it through
      return body;
    }).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * Reads a refused body, within limits. A server closes the connection when a body is unread. A
 * sender that is still writing may then never see the answer.
 */
export async function discardBody(
  body: Request["body"],
  timeLimit = TIME_LIMIT,
): Promise<void> {
  let size = 0;
  await readChunks(body, (chunk) => (size += chunk.length) <= MAX_DISCARDED, timeLimit);
  await body?.cancel();
}

/** The header makes proxies and the client close the connection, because half a body is left on it. */
function tooSlow(): Refusal {
  return new Refusal("body_too_slow", { headers: { connection: "close" } });
}

/** How the reading ended: at the end of the body, at a chunk that was refused, or at the time limit. */
type End = "read" | "refused" | "late";

/** Offers chunks until the end, until one is refused, or until the time is over. */
async function readChunks(
  body: Request["body"],
  take: (chunk: Uint8Array) => boolean,
  timeLimit: number,
): Promise<End> {
  if (body === null) return "read";
  const reader = body.getReader();
  let end: End = "read";
  const timer = setTimeout(() => {
    end = "late";
    reader.cancel().catch(() => {}); // ends the pending read, as if the body had ended
  }, timeLimit);
  try {
    for (let { value } = await reader.read(); value; { value } = await reader.read()) {
      if (take(value)) continue;
      end = "refused";
      break;
    }
    return end;
  } finally {
    clearTimeout(timer);
    reader.releaseLock(); // what is left can still be discarded
  }
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
