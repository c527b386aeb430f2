import assert from "node:assert/strict";
import postgres from "postgres";
import { publishStack } from "../../local/local_env.ts";
import { startStack } from "../../local/stack.ts";
import { EVENT_TYPES } from "./story.ts";

async function stripe(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "stripe", ...args],
    cwd: new URL("../../", import.meta.url),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** What each price sells. The default of --module never counts beside a price. */
const SOLD: [price: string, slugs: string[]][] = [
  ["price_whisper_monthly", ["whisper"]],
  ["price_studio_monthly", ["llama", "stable-diffusion", "whisper"]],
  ["price_of_nothing", []],
];

/** The modules that a session with this price has opened. */
async function boughtWith(dbUrl: string, price: string): Promise<string[]> {
  const sql = postgres(dbUrl, { max: 1 });
  try {
    const rows = await sql`
      select distinct module.slug from sesame.grants as held
      join public.modules as module on module.id = held.module_id
      join sesame.checkout_sessions as session on session.id = held.source_id
      where ${price} = any (session.price_ids) order by module.slug`;
    return rows.map(({ slug }) => slug);
  } finally {
    await sql.end();
  }
}

Deno.test("every event of the command can be sent to a running stack, and is accepted", async () => {
  const env = await Deno.makeTempFile({ prefix: "sesame-stripe-" });
  await using stack = await startStack({ durable: false });
  await using _published = await publishStack(stack, env);
  for (const type of EVENT_TYPES) {
    const { code, out, err } = await stripe(type, "--stack-file", env, "--user", "bob@example.com");
    assert.deepEqual([code, err], [0, ""], out);
    assert.match(
      out,
      new RegExp(`^evt_\\w+ ${type} about \\w+\\n200 {"received":true,"outcome":"`),
    );
  }
  const again = ["checkout.session.completed", "--stack-file", env, "--id", "evt_again"];
  assert.match((await stripe(...again)).out, /"applied"/);
  assert.match((await stripe(...again)).out, /"duplicate"/);

  for (const [price, slugs] of SOLD) {
    await stripe("checkout.session.completed", "--stack-file", env, "--price", price);
    assert.deepEqual(await boughtWith(stack.dbUrl, price), slugs, price);
  }

  const wrong = await stripe("invoice.paid", "--stack-file", env, "--user", "eve@example.com");
  assert.deepEqual(wrong, { code: 2, out: "", err: NO_EVE });
});

const NO_EVE =
  "There is no member eve@example.com. The database has ada@example.com, bob@example.com.\n";

Deno.test("without a stack, or without an event, the error says what to do", async () => {
  const nowhere = await stripe("invoice.paid", "--stack-file", "/nowhere/local.env");
  assert.equal(nowhere.code, 2);
  assert.equal(nowhere.err, "no stack is running: start one with npx -y deno@2.9.6 task dev\n");
  const nothing = await stripe();
  assert.equal(nothing.code, 2);
  const odd = await stripe("invoice.piad");
  assert.equal(odd.code, 2);
  assert.match(odd.err, /^invoice\.piad is no event that can be sent; there are checkout\..*\n$/);
  assert.match(nothing.err, /^<type> is missing\. All options: .* task stripe --help\n$/);
});
