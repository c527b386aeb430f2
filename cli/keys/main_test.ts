import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import type { KeptKey } from "../../local/kept_key.ts";
import { newKey } from "../../local/new_key.ts";

/** A file of variables in its own folder, and `deno task keys` for it. */
async function withKeys(
  test: (run: (...args: string[]) => Promise<Ran>, file: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-keys-" });
  const file = `${folder}/.env`;
  try {
    await test((...args) => runKeys([...args, "--secrets-file", file]), file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function runKeys(args: string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "keys", ...args],
    cwd: new URL("../../", import.meta.url),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

async function keysIn(file: string): Promise<KeptKey[]> {
  const env = parseEnv(await Deno.readTextFile(file));
  return JSON.parse(env.MODULE_TOKEN_KEYS ?? "").keys;
}

Deno.test("a set is made, rotated and cleared, and each step prints the next", async () => {
  await withKeys(async (run, file) => {
    await Deno.writeTextFile(file, "STRIPE_SECRET_KEY=sk_test_1");
    const begun = await run();
    const [first] = await keysIn(file);
    assert.match(begun.out, new RegExp(`^Made ${first?.kid}\\.[^]*ES256[^]* signs\n`));
    assert.match(begun.out, /\nNow: {2}npx supabase@3\.1\.0 secrets set --env-file \S+\n/);
    assert.match(begun.out, /It sets STRIPE_SECRET_KEY too\. If they are for this machine only/);
    assert.match(begun.out, /\nThen: npx -y deno@2\.9\.6 task keys rotate/);

    const published = await run("rotate", "--alg", "EdDSA");
    const [, second] = await keysIn(file);
    assert.match(published.out, new RegExp(`${second?.kid} {2}EdDSA .* published\n`));
    assert.match((await run("rotate")).err, /or at once with --now\n$/);

    const promoted = await run("rotate", "--now");
    assert.match(promoted.out, new RegExp(`^${second?.kid} signs from now on\\.`));
    assert.match(
      promoted.out,
      /\nThen: npx -y deno@2\.9\.6 task keys withdraw, at \S+Z or later\n/,
    );
    assert.match((await run("withdraw")).err, /may still be valid/);

    const withdrawn = await run("withdraw", first!.kid, "--now");
    assert.match(withdrawn.out, new RegExp(`^Withdrew ${first?.kid}\\.`));
    assert.deepEqual((await keysIn(file)).map(({ kid }) => kid), [second?.kid]);
    assert.match(
      await Deno.readTextFile(file),
      /^STRIPE_SECRET_KEY=sk_test_1\nMODULE_TOKEN_KEYS='/,
    );
  });
});

Deno.test("showing the keys prints no secret part and changes nothing", async () => {
  await withKeys(async (run, file) => {
    await run();
    const text = await Deno.readTextFile(file);
    const { code, out } = await run("show");
    assert.equal(code, 0);
    assert.equal(await Deno.readTextFile(file), text);
    const [key] = await keysIn(file);
    assert(out.includes(key!.kid) && !out.includes(key!.d));
  });
});

Deno.test("a set that the function would refuse gets an error, and is not changed", async () => {
  await withKeys(async (run, file) => {
    const text = `MODULE_TOKEN_KEYS='{"keys":[{"kty":"oct","kid":"1","k":"hunter2"}]}'\n`;
    await Deno.writeTextFile(file, text);
    for (const command of ["show", "rotate", "withdraw"]) {
      const { code, err } = await run(command);
      assert.equal(code, 2);
      assert.match(err, /MODULE_TOKEN_KEYS has neither an EC key .* in key 1\. Correct it/);
      assert.doesNotMatch(err, /hunter2/);
    }
    assert.equal(await Deno.readTextFile(file), text);
  });
});

Deno.test("an iat that is not a time is named with its key's place", async () => {
  await withKeys(async (run, file) => {
    const keys = [newKey("ES256", 0), { ...newKey("ES256", 0), iat: "yesterday" }];
    await Deno.writeTextFile(file, `MODULE_TOKEN_KEYS='${JSON.stringify({ keys })}'`);
    const { code, err } = await run();
    assert.equal(code, 2);
    assert.match(err, /has an iat or a retired_at that is no Unix second, in key 2\. Correct it/);
  });
});

Deno.test("--json lists the keys without their secret parts", async () => {
  await withKeys(async (run, file) => {
    await run();
    const [key] = await keysIn(file);
    const { out } = await run("show", "--json");
    const { kid, iat } = key!;
    assert.deepEqual(JSON.parse(out).keys, [
      { kid, alg: "ES256", role: "signs", iat, retired_at: null },
    ]);
    assert.ok(!out.includes(key!.d));
  });
});

Deno.test("a command line that cannot be followed gets one line that says why", async () => {
  for (
    const [args, why] of [
      [["turn"], /^There is no action turn: there are show, rotate, withdraw\n$/],
      [["rotate", "it"], /^rotate takes no key, and it was given\n$/],
      [["--alg", "RS256"], /^--alg takes ES256 or EdDSA, not RS256\n$/],
      [["withdraw", "--after", "long"], /^--after takes a whole number, not long\n$/],
      [["--force"], /^Unknown option --force\. All options: .* task keys --help\n$/],
    ] as const
  ) {
    const { code, err } = await runKeys([...args, "--secrets-file", "/nowhere/.env"]);
    assert.equal(code, 2);
    assert.match(err, why);
  }
});
