import assert from "node:assert/strict";
import { Refusal, Unavailable } from "../../supabase/functions/_shared/problem.ts";
import type { Progress } from "../progress_bar.ts";
import { paced, type Part, walk } from "./walk.ts";

type Args = { start: string; most: number };

/** A database with this many parts, which records the calls; `refuse` may throw. */
function database(parts: number, refuse: (args: Args) => void = () => {}) {
  const asked: Args[] = [];
  const watched: (Progress | null)[] = [];
  const call = (_name: string, json: string): Promise<Part> => {
    const args = JSON.parse(json) as Args;
    asked.push(args);
    refuse(args);
    const place = Number(args.start);
    return Promise.resolve({
      walked: place === 0 ? null : 10,
      total: place === 0 ? 10 * (parts - 1) : null,
      next: place === parts - 1 ? null : String(place + 1),
    });
  };
  return {
    call,
    watch: (progress: Progress | null) => void watched.push(progress),
    asked,
    watched,
  };
}

async function walkAll(project: ReturnType<typeof database>): Promise<number> {
  let parts = 0;
  for await (const _ of walk(project, "rpc", "title", {}, 0)) parts++;
  return parts;
}

Deno.test("walk() continues where each part says, and reports its progress", async () => {
  const project = database(4);
  assert.equal(await walkAll(project), 4);
  assert.deepEqual(project.asked.map(({ start }) => start), ["", "1", "2", "3"]);
  assert.deepEqual(project.watched, [
    { title: "title", done: 0, total: 30 },
    { title: "title", done: 10, total: 30 },
    { title: "title", done: 20, total: 30 },
    { title: "title", done: 30, total: 30 },
    null,
  ]);
});

Deno.test("walk() asks for smaller parts until they fit the time of a call", async () => {
  const project = database(3, ({ most }) => {
    if (most > 20) throw new Unavailable("57014");
  });
  assert.equal(await walkAll(project), 3);
});

Deno.test("walk() gives up on a part that never succeeds, and ends its progress", async () => {
  const project = database(3, ({ start }) => {
    if (start === "1") throw new Unavailable("57014");
  });
  await assert.rejects(walkAll(project), Unavailable);
  assert.equal(project.asked.length, 1 + 6);
  assert.equal(project.watched.at(-1), null);
});

Deno.test("walk() does not repeat a refused call", async () => {
  const project = database(3, () => {
    throw new Refusal("internal", { reason: "42501" });
  });
  await assert.rejects(walkAll(project), Refusal);
  assert.equal(project.asked.length, 1);
});

Deno.test("paced() keeps calls near half a second, and within its bounds", () => {
  assert.equal(paced(500, 1_000), 250);
  assert.equal(paced(500, 10), 1_000);
  assert.equal(paced(1_500, 0), 2_000);
  assert.equal(paced(2, 8_000), 1);
  assert.equal(paced(1, 8_000), 1);
});
