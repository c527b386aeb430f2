/** Attacks on an operator's terminal, with texts from a buyer or from Stripe's metadata. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { send } from "./delivery.ts";
import { environmentOf, openStage } from "./stage.ts";

const { stack, ada, moduleId } = await openStage();

/** Sets the window's title, clears the screen, and prints a false result, also right to left. */
const HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\n✓ all is well\u2028✓\u202e\x9b2J";
const QUOTED = "price_'); drop table public.modules; --\n";

async function run(task: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, ...args],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: { ...environmentOf(stack), NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

function assertHarmless(printed: string): void {
  assert.doesNotMatch(printed.replaceAll("\n", ""), /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  assert.doesNotMatch(printed, /^✓ all is well/m, "a value began a line of its own");
}

function sold(metadata: Record<string, string>, price: string, userId = ada.id) {
  const purchase = newPurchase({ userId, moduleId });
  const line_items = {
    object: "list",
    has_more: false,
    data: [{ id: "li_1", price: { id: price } }],
  };
  return checkoutSessionCompleted(purchase, { metadata, line_items });
}

Deno.test("control characters in a module's name, a price or a user's id do not reach the terminal", async () => {
  const hostile = [
    sold({ user_id: ada.id, module_id: HOSTILE }, "price_1"),
    sold({ user_id: ada.id }, HOSTILE),
    sold({ user_id: ada.id }, QUOTED),
    sold({ user_id: HOSTILE, module_id: moduleId }, "price_1", HOSTILE),
  ];
  for (const event of hostile) {
    await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
  }
  const printed = [
    await run("explain", "ada@example.com"),
    await run("explain", HOSTILE.replaceAll(/[\0]/g, "")),
    ...await Promise.all(hostile.map(({ data }) => run("explain", String(data.object.id)))),
    await run("doctor"),
  ];
  for (const text of printed) assertHarmless(text);
  assert.ok(printed.some((text) => text.includes("\\u001b]0;owned")), "it was shown, escaped");
  assert.ok(printed.some((text) => text.includes("drop table")), "the price was shown");

  const json = await run("explain", "ada@example.com", "--json");
  assertHarmless(json);
  assert.ok(JSON.stringify(JSON.parse(json)).includes("owned"));
});

Deno.test("printed SQL for pasting contains no text that a stranger wrote", async () => {
  const event = sold({ user_id: ada.id }, QUOTED);
  await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
  const printed = await run("explain", String(event.data.object.id));
  const commands = printed.split("\n").filter((line) => line.trimStart().startsWith("$ "));
  assert.notEqual(commands.length, 0, printed);
  for (const command of commands) assert.doesNotMatch(command, /drop table/);
});
