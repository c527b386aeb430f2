import assert from "node:assert/strict";
import {
  at,
  flag,
  id,
  idOf,
  list,
  oneOf,
  parsed,
  record,
  text,
  time,
  uuid,
  whole,
} from "./json.ts";

Deno.test("record() takes objects only", () => {
  assert.deepEqual(record({ id: "a" }), { id: "a" });
  for (const odd of [null, undefined, [], "text", 1, true]) assert.equal(record(odd), null);
});

Deno.test("at() follows a path, and returns null if the path ends early", () => {
  assert.equal(at({ parent: { details: { id: "a" } } }, "parent", "details", "id"), "a");
  assert.equal(at({ parent: null }, "parent", "details"), null);
  assert.equal(at({ parent: [{ id: "a" }] }, "parent", "id"), null);
  assert.equal(at("text", "length"), null);
});

Deno.test("text() drops NUL characters and replaces lone surrogates", () => {
  assert.equal(text("a\u0000b"), "ab");
  assert.equal(text("a\ud800b"), "a\ufffdb");
  assert.equal(text("\ud83c\udf93"), "🎓");
});

Deno.test("text() reads an empty string, and any value that is not a string, as null", () => {
  for (const odd of ["", "\u0000", 1, null, undefined, {}, ["a"]]) assert.equal(text(odd), null);
});

Deno.test("whole() takes whole numbers from 0, and no numbers in strings", () => {
  assert.equal(whole(0), 0);
  assert.equal(whole(2900), 2900);
  for (const odd of ["2900", -1, 0.5, 2 ** 53, NaN, Infinity, null, true]) {
    assert.equal(whole(odd), null);
  }
});

Deno.test("flag() takes booleans only", () => {
  assert.equal(flag(false), false);
  for (const odd of ["true", 1, null, undefined]) assert.equal(flag(odd), null);
});

Deno.test("oneOf() takes only the given words, and respects their case", () => {
  assert.equal(oneOf(["open", "paid"], "paid"), "paid");
  for (const odd of ["PAID", "toString", null, ["paid"]]) assert.equal(oneOf(["paid"], odd), null);
});

Deno.test("id() takes up to 255 characters", () => {
  assert.equal(id("evt_1"), "evt_1");
  assert.equal(id("x".repeat(255)), "x".repeat(255));
  for (const odd of ["x".repeat(256), "", 1, null, { id: "evt_1" }]) assert.equal(id(odd), null);
});

Deno.test("time() takes Unix seconds up to the end of the year 9999", () => {
  const end = Date.UTC(9999, 11, 31, 23, 59, 59) / 1_000;
  assert.deepEqual([time(0), time(end)], [0, end]);
  for (const odd of [end + 1, Number.MAX_SAFE_INTEGER, -1, 0.5, "1700000000", null]) {
    assert.equal(time(odd), null);
  }
});

Deno.test("idOf() reads an id, or the id of the expanded object", () => {
  assert.equal(idOf("cus_ada"), "cus_ada");
  assert.equal(idOf({ id: "cus_ada", object: "customer" }), "cus_ada");
  const long = "x".repeat(256);
  for (const odd of [null, "", {}, { id: 7 }, ["cus_ada"], long, { id: long }]) {
    assert.equal(idOf(odd), null);
  }
});

Deno.test("list() reads arrays and Stripe lists, and leaves out members that are not objects", () => {
  assert.deepEqual(list({ object: "list", data: [{ id: "a" }, null, "b"] }), [{ id: "a" }]);
  assert.deepEqual(list([{ id: "a" }]), [{ id: "a" }]);
  for (const odd of [null, {}, { data: {} }, "list"]) assert.equal(list(odd), null);
});

Deno.test("uuid() reads a UUID in lowercase and nothing else", () => {
  const written = "00000000-0000-4000-8000-00000000ada0";
  assert.equal(uuid(written), written);
  for (const value of [written.toUpperCase(), `${written} `, written.slice(1), "", null, 5]) {
    assert.equal(uuid(value), null);
  }
});

Deno.test("parsed() parses JSON, and returns undefined for any other text", () => {
  assert.deepEqual(parsed('{"a":[1]}'), { a: [1] });
  assert.equal(parsed("null"), null);
  for (const text of ["", "x", "{"]) assert.equal(parsed(text), undefined);
});
