import assert from "node:assert/strict";
import { answering, type Handler } from "./problem.ts";
import { bodies, discardBody, MAX_BODY } from "./body.ts";
import { delay } from "./delay.ts";

const URL = "http://localhost/";
const tooLarge = { code: "body_too_large" };
const withBody = bodies();

function readBody(request: Request): Promise<Uint8Array> {
  return withBody(request, (bytes) => Promise.resolve(bytes));
}

/** A body that comes in chunks of 64 KB and counts what was read of it. */
function stream(size: number) {
  const counter = { sent: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = new Uint8Array(Math.min(65_536, size - counter.sent));
      counter.sent += chunk.length;
      if (chunk.length > 0) controller.enqueue(chunk);
      else controller.close();
    },
  });
  return { body, counter };
}

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request(URL, { method: "POST", body, headers });
}

Deno.test("a body is read byte for byte", async () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0, 0xff);
  assert.deepEqual(await readBody(post(bytes)), bytes);
  assert.equal((await readBody(post(null))).length, 0);
});

Deno.test("a body of exactly 1 MB is read, one byte more is refused", async () => {
  assert.equal((await readBody(post(stream(MAX_BODY).body))).length, MAX_BODY);
  await assert.rejects(readBody(post(stream(MAX_BODY + 1).body)), tooLarge);
});

Deno.test("a content-length over 1 MB is refused, however short the body is", async () => {
  await assert.rejects(readBody(post("{}", { "content-length": "1048577" })), tooLarge);
});

Deno.test("a content-length that is too small does not let a large body in", async () => {
  for (const claim of ["2", "0", "-1", "lots", ""]) {
    const { body } = stream(3 * MAX_BODY);
    await assert.rejects(readBody(post(body, { "content-length": claim })), tooLarge, claim);
  }
});

Deno.test("given an endless body, the reading stops at the limit", async () => {
  const { body, counter } = stream(Infinity);
  await assert.rejects(readBody(post(body)), tooLarge);
  assert(counter.sent < 12 * MAX_BODY);
});

Deno.test("when too many bytes are held at once, the next body is unavailable until some are freed", async () => {
  const withBody = bodies(10);
  const full = {
    code: "unavailable",
    more: { reason: "bodies_full", headers: { "retry-after": "5" } },
  };
  const inUse = Promise.withResolvers<void>();
  const used = Promise.withResolvers<void>();
  const first = withBody(post("123456"), async (bytes) => {
    inUse.resolve();
    await used.promise;
    return bytes.length;
  });
  await inUse.promise;
  await assert.rejects(withBody(post("12345"), () => assert.fail()), full);
  assert.equal(await withBody(post("1234"), ({ length }) => Promise.resolve(length)), 4);
  used.resolve();
  assert.equal(await first, 6);
  assert.equal(await withBody(post("x".repeat(10)), ({ length }) => Promise.resolve(length)), 10);
});

Deno.test("senders who claim small bodies and stay silent leave half of the memory to others", async () => {
  const withBody = bodies(12, 100);
  const silent = () =>
    new ReadableStream<Uint8Array>({ start: (c) => c.enqueue(new Uint8Array(1)) });
  const claim = () => withBody(post(silent(), { "content-length": "6" }), () => assert.fail());
  const claims = Promise.allSettled([claim(), claim()]); // the second one holds its one byte only
  const whole = (text: string) =>
    withBody(
      post(text, { "content-length": `${text.length}` }),
      ({ length }) => Promise.resolve(length),
    );
  assert.equal(await whole("12345"), 5);
  await assert.rejects(whole("123456"), { code: "unavailable" });
  const ends = await claims;
  assert.deepEqual(ends.map((end) => end.status === "rejected" && end.reason.code), [
    "body_too_slow",
    "body_too_slow",
  ]);
  const broken = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new TypeError("gone")) });
  const gone = withBody(post(broken, { "content-length": "6" }), () => assert.fail());
  await assert.rejects(gone, TypeError);
  assert.equal(await whole("x".repeat(12)), 12);
});

Deno.test("a body that breaks off or is refused is freed", async () => {
  const withBody = bodies(MAX_BODY + 70_000);
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(100_000)),
    pull: (controller) => controller.error(new TypeError("gone")),
  });
  const use = ({ length }: Uint8Array) => Promise.resolve(length);
  await assert.rejects(withBody(post(broken), use), TypeError);
  await assert.rejects(withBody(post(stream(MAX_BODY + 1).body), use), tooLarge);
  await assert.rejects(withBody(post("{}"), () => Promise.reject(new RangeError())), RangeError);
  assert.equal(await withBody(post(stream(MAX_BODY).body), use), MAX_BODY);
});

/** A body of this many one-byte chunks, this many milliseconds apart. */
function trickle(chunks: number, pause: number) {
  const state = { sent: 0, isCancelled: false };
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream({
    start(controller) {
      timer = setInterval(() => {
        if (state.sent++ < chunks) return controller.enqueue(Uint8Array.of(0x20));
        clearInterval(timer);
        controller.close();
      }, pause);
    },
    cancel() {
      clearInterval(timer);
      state.isCancelled = true;
    },
  });
  return { body, state };
}

Deno.test("a body that arrives byte by byte is given up when its time is over", async () => {
  const withBody = bodies(10, 200);
  const { body, state } = trickle(Infinity, 50);
  await assert.rejects(withBody(post(body), () => assert.fail()), { code: "body_too_slow" });
  assert.ok(state.isCancelled, "its sender is no longer listened to");
  const sent = state.sent;
  assert.ok(sent > 0);
  const use = ({ length }: Uint8Array) => Promise.resolve(length);
  assert.equal(await withBody(post("x".repeat(10)), use), 10, "it is held no longer");
});

Deno.test("a body that stops in the middle is given up when its time is over", async () => {
  const silent = new ReadableStream<Uint8Array>({ start: (c) => c.enqueue(new Uint8Array(5)) });
  const slow = bodies(10, 100)(post(silent), () => assert.fail());
  await assert.rejects(slow, { code: "body_too_slow" });
});

Deno.test("a slow body that is complete in time is read, and its use may take longer", async () => {
  const withBody = bodies(MAX_BODY, 1_000);
  const size = await withBody(post(trickle(10, 5).body), async ({ length }) => {
    await delay(1_100);
    return length;
  });
  assert.equal(size, 10);
});

Deno.test("a refused body that stalls does not delay the answer", async () => {
  const { body, state } = trickle(Infinity, 20);
  await discardBody(body, 100);
  assert.ok(state.isCancelled);
  const claimed = { "content-length": String(MAX_BODY + 1) };
  const slow = bodies(10, 100)(post(trickle(Infinity, 20).body, claimed), () => assert.fail());
  await assert.rejects(slow, tooLarge);
});

/** Sends each body, and then one more request, on the same connection. */
async function statusesOnOneConnection(handler: Handler, bodies: string[]): Promise<string[]> {
  const server = Deno.serve({ port: 0, onListen: () => {} }, answering(handler, () => {}));
  const connection = await Deno.connect({ port: server.addr.port });
  const statuses: string[] = [];
  for (const body of bodies) {
    const written = write(connection, `POST / HTTP/1.1\r\nhost: localhost\r\n${body}`);
    statuses.push(await readStatus(connection));
    await written;
  }
  connection.close();
  await server.shutdown();
  return statuses;
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

Deno.test("a client that sends a byte at a time is answered 408 while it is still sending", async () => {
  const withBody = bodies(undefined, 300);
  const handler: Handler = async (request) => {
    await withBody(request, () => Promise.resolve());
    return new Response("read");
  };
  const server = Deno.serve({ port: 0, onListen: () => {} }, answering(handler, () => {}));
  const framings = { "content-length: 1000": "x", "transfer-encoding: chunked": "1\r\nx\r\n" };
  for (const [framing, byte] of Object.entries(framings)) {
    const connection = await Deno.connect({ port: server.addr.port });
    await write(connection, `POST / HTTP/1.1\r\nhost: localhost\r\n${framing}\r\n\r\n`);
    let isAnswered = false;
    const sending = (async () => {
      for (; !isAnswered; await delay(20)) await write(connection, byte);
    })();
    assert.equal(await readStatus(connection), "408");
    isAnswered = true;
    await sending;
    connection.close();
  }
  await server.shutdown();
});

/** The status of the next answer. It is small enough to arrive in one piece. */
async function readStatus(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4_096);
  const length = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0)).slice(9, 12);
}

function withLength(size: number): string {
  return `content-length: ${size}\r\n\r\n${"x".repeat(size)}`;
}

function chunked(size: number): string {
  return `transfer-encoding: chunked\r\n\r\n${size.toString(16)}\r\n${
    "x".repeat(size)
  }\r\n0\r\n\r\n`;
}

async function reading(request: Request): Promise<Response> {
  await readBody(request);
  return new Response("read");
}

Deno.test("a chunked body is limited, also if a content-length says that it is small", async () => {
  const both = (size: number) => `content-length: 5\r\n${chunked(size)}`;
  const statuses = await statusesOnOneConnection(reading, [both(3 * MAX_BODY)]);
  assert.ok(["413", "400"].includes(statuses[0] ?? ""), statuses[0]);
});

async function discarding(request: Request): Promise<Response> {
  await discardBody(request.body);
  return new Response("refused", { status: 400 });
}

Deno.test("the connection stays open after a refused body, and the answer arrives", async () => {
  const sizes = [3 * MAX_BODY, 10];
  for (const form of [withLength, chunked]) {
    assert.deepEqual(await statusesOnOneConnection(reading, sizes.map(form)), ["413", "200"]);
    assert.deepEqual(await statusesOnOneConnection(discarding, sizes.map(form)), ["400", "400"]);
  }
});
