import assert from "node:assert/strict";
import { Refusal } from "../_shared/problem.ts";
import { moduleIn, orderIn, questionIn } from "./fields.ts";
import { ADA } from "./testing.ts";

/** The detail of the refusal of a body. */
function refusalOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    if (error instanceof Refusal && error.code === "invalid_request") {
      return error.more.members?.detail;
    }
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

const order = { moduleId: "whisper", userId: ADA, paymentId: "pi_1" };

Deno.test("a module is named by its slug, or by its id as a number or in digits", () => {
  for (const [module, name] of [["whisper", "whisper"], [7, "7"], ["7", "7"]]) {
    assert.equal(moduleIn({ module }, "module"), name);
  }
});

Deno.test("a body that names no module is refused", () => {
  for (
    const module of [
      undefined,
      null,
      "",
      " ",
      0,
      -1,
      1.5,
      NaN,
      true,
      [],
      {},
      "a\0",
      "x".repeat(101),
    ]
  ) {
    assert.match(
      String(refusalOf(() => moduleIn({ module }, "module"))),
      /^module must be the slug/,
    );
  }
});

Deno.test("the optional fields of an order may be left out", () => {
  assert.deepEqual(orderIn(order), {
    module: "whisper",
    user: ADA,
    paymentId: "pi_1",
    accessLevel: "standard",
    expirationHours: null,
    maxUsage: null,
  });
  const more = { accessLevel: "pro", expirationHours: 8_760, maxUsage: 1 };
  assert.deepEqual(orderIn({ ...order, moduleId: 7, userId: ADA.toUpperCase(), ...more }), {
    module: "7",
    user: ADA.toUpperCase(),
    paymentId: "pi_1",
    ...more,
  });
});

Deno.test("a user may be named by uuid, address or old id: the database resolves it", () => {
  for (const userId of [ADA, "ada@example.com", "test-user-id", "münchen@example.com", "7"]) {
    assert.equal(orderIn({ ...order, userId }).user, userId);
  }
  assert.equal(orderIn({ ...order, userId: 7 }).user, "7");
});

for (
  const [field, values] of Object.entries({
    moduleId: [undefined, "", {}],
    userId: [undefined, null, "", "  ", 0, -1, 1.5, {}, [ADA], "x".repeat(321), "a\0b", "\ud800"],
    paymentId: [undefined, null, "", "  ", 1, "x".repeat(256), "pi\n1", "\ud800"],
    accessLevel: ["", 1, "x".repeat(101)],
    expirationHours: [0, -1, 1.5, "24", 8_761, Infinity, true],
    maxUsage: [0, -1, 1.5, "100", 2 ** 31],
  })
) {
  Deno.test(`an order with an invalid ${field} is refused with the field's name and the fix`, () => {
    for (const value of values) {
      const detail = String(refusalOf(() => orderIn({ ...order, [field]: value })));
      assert(detail.startsWith(`${field} must be `) && detail.endsWith("."), detail);
    }
  });
}

Deno.test("a request counts no use unless consume is true", () => {
  assert.deepEqual(questionIn({ token: "a.b.c" }), {
    token: "a.b.c",
    module: null,
    consume: false,
    requestId: null,
  });
  const all = { token: "a.b.c", module: "whisper", consume: true, requestId: "r".repeat(200) };
  assert.deepEqual(questionIn(all), all);
});

for (
  const [field, values] of Object.entries({
    token: [undefined, null, 1, {}],
    module: ["", 7, {}],
    consume: ["true", 1, {}],
    requestId: ["", 1, "r".repeat(201), "a\0b"],
  })
) {
  Deno.test(`a request with an invalid ${field} is refused with the field's name and the fix`, () => {
    for (const value of values) {
      const detail = String(refusalOf(() => questionIn({ token: "a.b.c", [field]: value })));
      assert(detail.startsWith(`${field} must be `), detail);
    }
  });
}
