import assert from "node:assert/strict";
import { stop } from "esbuild";
import { type Bundle, bundleOf } from "./bundle.ts";
import { functionNames } from "./function_names.ts";

/** The most bytes that a function may start with. A package that is not needed to start is larger. */
const MOST: Record<string, number> = { "module-token": 50_000 };
const MOST_OF_ANY = 45_000;

async function bundled(name: string, folder?: string): Promise<Bundle> {
  try {
    return await bundleOf(name, folder);
  } finally {
    await stop();
  }
}

for (const name of await functionNames()) {
  Deno.test(`${name} starts small, and every byte of it has an owner`, async () => {
    const { start, later } = await bundled(name);
    assert.ok(start.bytes > 10_000, "the files of the function are in it");
    assert.ok(start.bytes <= (MOST[name] ?? MOST_OF_ANY), `${start.bytes} bytes`);
    for (const { name, bytes, bytesOf } of [start, ...later]) {
      const owned = [...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0);
      assert.ok(owned > 0.9 * bytes && owned <= bytes, `${name}: ${owned} of ${bytes}`);
    }
  });
}

Deno.test("stripe-webhook loads Stripe's client and the driver of Postgres later", async () => {
  const { start, later } = await bundled("stripe-webhook");
  assert.deepEqual([...start.bytesOf.keys()], ["sesame"]);
  const packages = later.flatMap(({ bytesOf }) => [...bytesOf.keys()]);
  assert.deepEqual(packages.filter((name) => name !== "sesame").sort(), ["postgres", "stripe"]);
});

Deno.test("a written bundle of stripe-webhook runs without the sources", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sesame-bundle-" });
  try {
    await bundled("stripe-webhook", folder);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", ASK, `${new URL(`file://${folder}/index.js`)}`],
      env: {
        STRIPE_WEBHOOK_SECRET: "whsec_ada",
        STRIPE_SECRET_KEY: "sk_test_1",
        SUPABASE_URL: "http://127.0.0.1:9",
        SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
      },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), /^400 unsigned$/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A program that sends one delivery to the function whose address is its argument. */
const ASK = `
  const { default: { fetch } } = await import(Deno.args[0]);
  const answer = await fetch(new Request("http://localhost/", { method: "POST", body: "{}" }));
  console.log(answer.status, (await answer.json()).code);
  Deno.exit(0);
`;
