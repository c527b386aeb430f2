import assert from "node:assert/strict";
import { findFreePort } from "../../local/ports.ts";
import { assertNothingIsLeft, family, runDev, signalDev, startDev } from "./running_dev.ts";
import { exists, until } from "../../local/testing.ts";

for (const signal of ["INT", "TERM"] as const) {
  Deno.test(`SIG${signal} ends deno task dev with 0, and leaves no process, data or file`, async () => {
    const dev = await startDev();
    const processes = await family(dev.child.pid);
    assert.ok(
      Deno.build.os !== "linux" || processes.length >= 4,
      "gateway, keeper, server, function",
    );
    await until(() => dev.output().includes("and no longer"));
    assertSaysHowToListen(dev.output(), dev.env.FUNCTIONS_URL ?? "");

    await signalDev(dev, signal);
    assert.equal((await dev.child.status).code, 0, dev.output());
    await assertNothingIsLeft(dev, processes);
    assert.equal(await exists(dev.envFile), false);
  });
}

/** The printed lines for a Stripe CLI: the command, the place of its secret, and the effect of a real key. */
function assertSaysHowToListen(output: string, functionsUrl: string): void {
  const after = output.split(
    "arrive with npx -y deno@2.9.6 task dev --listen, or with this line:\n",
  );
  const [line, ...beside] = (after[1] ?? "").split("\n");
  assert.equal(
    line,
    `stripe listen --all-snapshot --forward-to ${functionsUrl}/stripe-webhook`,
  );
  assert.match(beside.join("\n"), /^It prints a secret\. .*supabase\/functions\/\.env/);
  assert.match(beside[1] ?? "", /^ {2}STRIPE_WEBHOOK_SECRET=whsec_/);
  assert.match(beside[2] ?? "", /^ {2}STRIPE_SECRET_KEY=sk_test_/);
  assert.match(beside[3] ?? "", /the functions use Stripe itself and no longer http:/);
}

Deno.test("as soon as deno task dev is up, a visitor reads the prices of the seed", async () => {
  const dev = await startDev();
  const processes = await family(dev.child.pid);
  const { API_URL, PUBLISHABLE_KEY } = dev.env;
  const response = await fetch(`${API_URL}/rest/v1/price_list?select=product,amount&order=amount`, {
    headers: { apikey: PUBLISHABLE_KEY! },
  });
  assert.deepEqual(await response.json(), [
    { product: "StableDiffusion, a day", amount: 300 },
    { product: "Whisper", amount: 900 },
    { product: "Studio: all three", amount: 1_900 },
    { product: "StableDiffusion", amount: 2_900 },
  ]);
  await signalDev(dev, "INT");
  await dev.child.status;
  await assertNothingIsLeft(dev, processes);
});

Deno.test("SIGKILL ends the functions and Postgres with deno task dev, and leaves no data", async () => {
  const dev = await startDev();
  const processes = await family(dev.child.pid);
  await signalDev(dev, "KILL");
  await dev.child.status;
  await assertNothingIsLeft(dev, processes);
  await Deno.remove(dev.envFile); // the killed process could not
});

Deno.test("given a taken port, dev names the port and the flag in one line, exits 2, and starts nothing", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const free = String(findFreePort());
  for (
    const [flag, flags] of Object.entries({
      "--port": ["--port", String(port), "--db-port", free],
      "--db-port": ["--port", free, "--db-port", String(port)],
    })
  ) {
    const { code, stdout, stderr } = await runDev([...flags, "--stack-file", "/dev/null"]).output();
    assert.equal(code, 2);
    assert.equal(new TextDecoder().decode(stdout), "");
    assert.equal(
      new TextDecoder().decode(stderr),
      `port ${port} is taken: choose another with ${flag}, or end what uses it\n`,
    );
    await assert.rejects(fetch(`http://127.0.0.1:${free}`));
  }
});

Deno.test("--listen without a Stripe test key names the key in one line, and starts nothing", async () => {
  for (
    const [key, line] of [
      ["", /^--listen needs the secret key of your Stripe sandbox: put STRIPE_SECRET_KEY=sk_test_/],
      ["sk_live_1", /^--listen takes a test key only: STRIPE_SECRET_KEY does not begin with/],
      ["whsec_1", /^--listen takes a test key only/],
    ] as const
  ) {
    const { code, stdout, stderr } = await runDev(
      ["--listen", "--port", "0", "--db-port", "0", "--stack-file", "/dev/null"],
      { STRIPE_SECRET_KEY: key },
    ).output();
    assert.equal(code, 2);
    assert.equal(new TextDecoder().decode(stdout), "");
    assert.match(new TextDecoder().decode(stderr), line);
    assert.doesNotMatch(new TextDecoder().decode(stderr), /sk_live_1|whsec_1/);
  }
});
