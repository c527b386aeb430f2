import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { accessOf, assertFolded, inboxOf } from "./database_view.ts";
import { sendText } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

type Fields = Record<string, unknown>;
type FieldsOf = (userId: string) => Fields;
type Rewrite = (json: string) => string;

/** A paid session of this user; `fields` are its own, `rewrite` gets the JSON as it will be sent. */
interface Content {
  fields?: FieldsOf;
  rewrite?: Rewrite;
  /** Whether it names buyer and module correctly. Default true. */
  isClear?: boolean;
}

function metadata(more: Fields): FieldsOf {
  return (userId) => ({ metadata: { user_id: userId, module_id: moduleId, ...more } });
}

function replacing(what: string | RegExp, by: string): Rewrite {
  return (json) => {
    assert.notEqual(json.replace(what, () => by), json);
    return json.replace(what, () => by);
  };
}

const INJECTIONS = [
  "'; drop table sesame.grants; --",
  "' or true --",
  '"}]}, {"id": "evt_2',
  "$$; select pg_sleep(9); $$",
  "{ada,bob}",
  "../../modules",
  "%s %I %L",
  "\\u0000\\",
  "null",
  "9223372036854775808",
  "999999999999999999",
  "-1",
  "1e3",
  " ",
];
const LONG_KEYS = Object.fromEntries(
  Array.from({ length: 50 }, (_, place) => [`key_${place}`.padEnd(40, "k"), "🦊".repeat(250)]),
);
const NESTED = "[".repeat(100_000) + "]".repeat(100_000);

const CONTENTS: Record<string, Content> = {
  "NUL in a name": { fields: () => ({ customer_details: { name: "A\0da" } }) },
  "NUL in a metadata key and value": { fields: metadata({ "k\0ey": "val\0ue" }) },
  "NUL inside the user's id": {
    fields: (id) => ({ metadata: { user_id: `\0${id}`, module_id: moduleId } }),
  },
  "lone surrogates": { fields: metadata({ name: "\ud800", "\udfff": "a\udc00b" }) },
  "a lone surrogate in the module's id": {
    fields: metadata({ module_id: "\ud800" }),
    isClear: false,
  },
  "fifty metadata keys of five hundred characters": { fields: metadata(LONG_KEYS) },
  "emoji and text from right to left": { fields: metadata({ name: "👩‍👩‍👧‍👦 \u202eadA\u202c عدى אדה" }) },
  "a body of 900 kB": { fields: metadata({ filler: "ß".repeat(450_000) }) },
  "amounts no integer holds": { rewrite: replacing(":2900", `:${"9".repeat(400)}`) },
  "the largest of integers": { rewrite: replacing(":2900", `:${Number.MAX_SAFE_INTEGER}`) },
  "a fraction for an amount": { rewrite: replacing(":2900", ":29.005e-300") },
  "a negative amount": { fields: () => ({ amount_total: -2900 }) },
  "__proto__ everywhere": {
    rewrite: (json) =>
      json.replaceAll("{", '{"__proto__":{"id":"x","user_id":"eve","livemode":true},'),
  },
  "keys that every object inherits": {
    fields: metadata({ constructor: {}, toString: 1, hasOwnProperty: [] }),
  },
  "a key given twice": {
    rewrite: (json) => json.replace('"type"', '"type":"charge.refunded","type"'),
  },
  "nesting a hundred thousand deep": {
    rewrite: replacing('"request"', `"deep":${NESTED},"request"`),
  },
  "fields of the wrong type": {
    fields: () => ({
      amount_total: {},
      customer: [[]],
      line_items: "no",
      invoice: 7,
      subscription: true,
    }),
  },
  "metadata that is a list": { fields: () => ({ metadata: [["user_id", 1]] }), isClear: false },
  "a user's id that is an object": { fields: metadata({ user_id: { id: 1 } }), isClear: false },
  "spaces around everything": { rewrite: (json) => `\r\n\t ${json} \n\n` },
};
for (const text of INJECTIONS) {
  CONTENTS[`a user called ${text}`] = { fields: metadata({ user_id: text }), isClear: false };
  CONTENTS[`a module called ${text}`] = { fields: metadata({ module_id: text }), isClear: false };
}

for (const door of DOORS) {
  Deno.test(`a signed body with any content is stored once, byte for byte, and answered 200 (${door} door)`, async (test) => {
    await using webhook = await bootWebhook(stage, { door });
    for (const [title, { fields, rewrite, isClear = true }] of Object.entries(CONTENTS)) {
      await test.step(title, async () => {
        const userId = crypto.randomUUID();
        const purchase = newPurchase({ userId, moduleId });
        const event = checkoutSessionCompleted(purchase, fields?.(userId));
        const json = JSON.stringify(event);
        const body = rewrite?.(json) ?? json;
        for (const outcome of ["applied", "duplicate"]) {
          assert.equal(
            await sendText(webhook.endpoint, stack.webhookSecret, body),
            `200 ${outcome}`,
          );
        }
        const [row, ...others] = await inboxOf(sql, event.id);
        assert.deepEqual(others, []);
        assert.ok(row?.payload === body, "the payload is not what was signed");
        assert.deepEqual(
          await accessOf(sql, userId),
          isClear ? ["stable-diffusion open purchase"] : [],
        );
      });
    }
    await assertFolded(sql);
  });
}
