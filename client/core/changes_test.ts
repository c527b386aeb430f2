import assert from "node:assert/strict";
import { changesOf } from "./changes.ts";
import type { MyModules } from "./follow.ts";
import type { AnySupabaseClient } from "./project.ts";

type SubscribeCallback = (status: string) => void;

/** A client whose sessions, readings and Realtime a test plays. */
function play() {
  let onAuth: ((event: string, session: unknown) => void) | null = null;
  let userId: string | null = null;
  const waiting: ((now: MyModules) => void)[] = [];
  const channels: { topic: string; say: SubscribeCallback; announce: () => void }[] = [];
  const log: string[] = [];

  const session = () => userId === null ? null : { user: { id: userId } };
  const supabase = {
    auth: {
      onAuthStateChange(callback: typeof onAuth) {
        onAuth = callback;
        const unsubscribe = () => onAuth = null;
        return { data: { subscription: { unsubscribe } } };
      },
      getSession: () => Promise.resolve({ data: { session: session() } }),
    },
    getChannels: () => channels,
    channel(name: string) {
      const channel = {
        topic: `realtime:${name}`,
        say: (() => {}) as SubscribeCallback,
        announce: () => {},
        on: (_type: string, _filter: unknown, heard: () => void) => channel.announce = heard,
        subscribe: (callback: SubscribeCallback) => channel.say = callback,
      };
      channels.push(channel);
      return channel;
    },
    removeChannel: (channel: typeof channels[number]) => {
      log.push(`removed ${channel.topic}`);
      channels.splice(channels.indexOf(channel), 1);
    },
    realtime: { disconnect: () => log.push("disconnected") },
  } as unknown as AnySupabaseClient;

  const read = () => new Promise<MyModules>((resolve) => waiting.push(resolve));
  return {
    ...changesOf({ supabase, read }),
    channels,
    log,
    /** Changes the session of the client, which has not notified anybody yet. */
    becomes: (id: string | null) => void (userId = id),
    notifies: () => onAuth?.("SIGNED_IN", session()),
    signsIn(id: string | null) {
      userId = id;
      onAuth?.("SIGNED_IN", session());
    },
    readings: () => waiting.length,
    /** Answers the oldest reading. */
    async answers(...slugs: string[]) {
      const rows = slugs.map((slug) => ({ slug }) as NonNullable<MyModules["data"]>[number]);
      waiting.shift()?.({ data: rows, error: null });
      await settled();
    },
    async fails() {
      waiting.shift()?.({ data: null, error: { code: "unreachable", message: "" } });
      await settled();
    },
  };
}

/** All that is ready has run. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function listenTo(stage: ReturnType<typeof play>) {
  const seen: string[] = [];
  const end = stage.onChange(({ data, error }) =>
    void seen.push(error?.code ?? data?.map(({ slug }) => slug).join() ?? "")
  );
  return { seen, [Symbol.dispose]: end };
}

Deno.test("a listener is called once for each change, and not for equal readings", async () => {
  const stage = play();
  using ada = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  await stage.answers("whisper");
  for (const slugs of [["whisper"], ["whisper", "llama"]]) {
    stage.expectChange();
    await settled();
    await stage.answers(...slugs);
  }
  assert.deepEqual(ada.seen, ["whisper", "whisper,llama"]);
});

Deno.test("a failure is seen once, and so is the recovery", async () => {
  const stage = play();
  using ada = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  await stage.answers("whisper");
  for (const work of [stage.fails, stage.fails, () => stage.answers("whisper")]) {
    stage.expectChange();
    await settled();
    await work();
  }
  assert.deepEqual(ada.seen, ["whisper", "unreachable", "whisper"]);
});

Deno.test("attack: the next user gets no rows of the former one, whose reading arrives late", async () => {
  const stage = play();
  using listener = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  stage.signsIn("bob");
  await settled();
  await stage.answers("ada's module");
  await stage.answers("bob's module");
  assert.deepEqual(listener.seen, ["not_signed_in", "bob's module"]);
});

Deno.test("attack: a former user's reading that fails late, or after they are back, is not seen", async () => {
  const stage = play();
  using listener = listenTo(stage);
  for (const user of ["ada", "bob", "ada"]) {
    stage.signsIn(user);
    await settled();
  }
  await stage.answers("ada's module, long ago");
  await stage.fails();
  assert.deepEqual(listener.seen, ["not_signed_in", "not_signed_in"]);
  await stage.answers("ada's module");
  assert.deepEqual(listener.seen.slice(2), ["ada's module"]);
});

Deno.test("attack: rows that arrive between the next user's session and its notice are dropped", async () => {
  const stage = play();
  using listener = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  stage.becomes("bob");
  await stage.answers("ada's module");
  assert.deepEqual(listener.seen, []);
  stage.notifies();
  await settled();
  await stage.answers("bob's module");
  assert.deepEqual(listener.seen, ["not_signed_in", "bob's module"]);
});

Deno.test("attack: a page that the next user opens is not given the rows of the former one", async () => {
  const stage = play();
  using former = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  await stage.answers("ada's module");
  stage.signsIn("bob");
  using next = listenTo(stage);
  await settled();
  assert.deepEqual(next.seen, []);
  await stage.answers("bob's module");
  assert.deepEqual(former.seen, ["ada's module", "not_signed_in", "bob's module"]);
  assert.deepEqual(next.seen, ["bob's module"]);
});

Deno.test("the next user's rows are seen even if they are equal to the former one's", async () => {
  const stage = play();
  using listener = listenTo(stage);
  for (const user of ["ada", "bob"]) {
    stage.signsIn(user);
    await settled();
    await stage.answers();
  }
  assert.deepEqual(listener.seen, ["", "not_signed_in", ""]);
});

Deno.test("a sign-out is seen at once, and a renewed session changes nothing", async () => {
  const stage = play();
  using listener = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  stage.signsIn("ada");
  await settled();
  assert.equal(stage.readings(), 1);
  await stage.answers("whisper");
  stage.signsIn(null);
  assert.deepEqual(listener.seen, ["whisper", "not_signed_in"]);
});

Deno.test("attack: a listener that ended during a reading is not called", async () => {
  const stage = play();
  const listener = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  listener[Symbol.dispose]();
  await stage.answers("whisper");
  assert.deepEqual(listener.seen, []);
});

Deno.test("attack: a listener that ends another one prevents its call", async () => {
  const stage = play();
  const ends: (() => void)[] = [];
  let calls = 0;
  for (let nth = 0; nth < 2; nth++) {
    ends.push(stage.onChange(() => {
      calls++;
      for (const end of ends) end();
    }));
  }
  stage.signsIn("ada");
  await settled();
  await stage.answers("whisper");
  assert.equal(calls, 1);
});

Deno.test("listeners share the readings, and a late one gets what is known", async () => {
  const stage = play();
  using first = listenTo(stage);
  using second = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  assert.equal(stage.readings(), 1);
  await stage.answers("whisper");
  using third = listenTo(stage);
  await settled();
  assert.deepEqual([first, second, third].map(({ seen }) => seen.join()), Array(3).fill("whisper"));
});

Deno.test("after the last listener has ended, a new one starts again and sees nothing old", async () => {
  const stage = play();
  const former = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  await stage.answers("whisper");
  former[Symbol.dispose]();
  using next = listenTo(stage);
  await settled();
  assert.deepEqual(next.seen, []);
  stage.signsIn(null);
  assert.deepEqual(next.seen, ["not_signed_in"]);
});

Deno.test("a message of Realtime reads at once, on the member's own private channel", async () => {
  const stage = play();
  using ada = listenTo(stage);
  stage.signsIn("ada");
  await settled();
  await stage.answers();
  const [channel] = stage.channels;
  assert.equal(channel?.topic, "realtime:user:ada");
  channel?.say("SUBSCRIBED");
  await settled();
  await stage.answers();
  channel?.announce();
  await settled();
  await stage.answers("whisper");
  assert.deepEqual(ada.seen, ["", "whisper"]);
  stage.signsIn(null);
  assert.deepEqual(stage.log, ["removed realtime:user:ada"]);
});

Deno.test("without Realtime the client disconnects, unless the app has a channel of its own", async () => {
  for (const isAppListening of [false, true]) {
    const stage = play();
    if (isAppListening) stage.channels.push({ topic: "realtime:app", say() {}, announce() {} });
    using _ada = listenTo(stage);
    stage.signsIn("ada");
    await settled();
    stage.channels.at(-1)?.say("CHANNEL_ERROR");
    const removed = "removed realtime:user:ada";
    assert.deepEqual(stage.log, isAppListening ? [removed] : [removed, "disconnected"]);
  }
});

Deno.test("attack: the app's own channel of the same name is neither joined again nor closed", async () => {
  const stage = play();
  stage.channels.push({ topic: "realtime:user:ada", say() {}, announce() {} });
  {
    using ada = listenTo(stage);
    stage.signsIn("ada");
    await settled();
    await stage.answers("whisper");
    assert.deepEqual(ada.seen, ["whisper"]);
  }
  assert.deepEqual([stage.channels.length, stage.log], [1, []]);
});

Deno.test("a hidden tab is not polled, and is read when it is shown", async () => {
  const tab = Object.assign(new EventTarget(), { hidden: true });
  const global = globalThis as { document?: unknown };
  global.document = tab;
  try {
    const stage = play();
    using ada = listenTo(stage);
    stage.signsIn("ada");
    await settled();
    assert.equal(stage.readings(), 0);
    tab.hidden = false;
    tab.dispatchEvent(new Event("visibilitychange"));
    await settled();
    await stage.answers("whisper");
    assert.deepEqual(ada.seen, ["whisper"]);
  } finally {
    delete global.document;
  }
});
