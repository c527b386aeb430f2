import assert from "node:assert/strict";
import { answering, type Handler } from "./problem.ts";
import { bodies, discardBody, MAX_BODY } from "./body.ts";
import { passed } from "./passed.ts";

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

Deno.test("a body is read as the bytes it is", async () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0, 0xff);
  assert.deepEqual(await readBody(post(bytes)), bytes);
  assert.equal((await readBody(post(null))).length, 0);
});

Deno.test("a body of exactly 1 MB is read, one byte more is refused", async () => {
  assert.equal((await readBody(post(stream(MAX_BODY).body))).length, MAX_BODY);
  await assert.rejects(readBody(post(stream(MAX_BODY + 1).body)), tooLarge);
});

Deno.test("a content-length over 1 MB is refused whatever is sent", async () => {
  await assert.rejects(readBody(post("{}", { "content-length": "1048577" })), tooLarge);
});

Deno.test("a lying content-length does not let more in", async () => {
  for (const claim of ["2", "0", "-1", "lots", ""]) {
    const { body } = stream(3 * MAX_BODY);
    await assert.rejects(readBody(post(body, { "content-length": claim })), tooLarge, claim);
  }
});

Deno.test("an endless body is not read for ever", async () => {
  const { body, counter } = stream(Infinity);
  await assert.rejects(readBody(post(body)), tooLarge);
  assert(counter.sent < 12 * MAX_BODY);
});

Deno.test("more bytes than may be held at once are unavailable, until some are let go", async () => {
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

Deno.test("a body that breaks off, or is refused, is held no longer", async () => {
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

/** A body of so many chunks of a byte, so many milliseconds apart. */
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

Deno.test("a body that comes a byte at a time is given up when its time is over", async () => {
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
    await passed(1_100);
    return length;
  });
  assert.equal(size, 10);
});

Deno.test("an unwanted body that stalls is not waited for", async () => {
  const { body, state } = trickle(Infinity, 20);
  await discardBody(body, 100);
  assert.ok(state.isCancelled);
  const claimed = { "content-length": String(MAX_BODY + 1) };
  const slow = bodies(10, 100)(post(trickle(Infinity, 20).body, claimed), () => assert.fail());
  await assert.rejects(slow, tooLarge);
});

/** Sends each body, and then one more request, down one and the same connection. */
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
      for (; !isAnswered; await passed(20)) await write(connection, byte);
    })();
    assert.equal(await readStatus(connection), "408");
    isAnswered = true;
    await sending;
    connection.close();
  }
  await server.shutdown();
});

/** The status of the next answer, which is small enough to come in one piece. */
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
