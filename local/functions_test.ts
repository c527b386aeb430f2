import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { discoverFunctions } from "./functions.ts";
import { type Stack, type StackOptions, startStack } from "./stack.ts";
import { makeProject, type Project, until } from "./testing.ts";

/** Answers with the request that it received. */
const ECHO = `
  export default {
    async fetch(request: Request) {
      const body = new Uint8Array(await request.arrayBuffer());
      return new Response(body, {
        status: 418,
        headers: {
          "content-type": "application/octet-stream",
          "x-url": request.url,
          "x-method": request.method,
          "x-received": JSON.stringify(Object.fromEntries(request.headers)),
        },
      });
    },
  };`;
const SLOW = `
  export default {
    fetch: (request: Request) => new Promise((resolve) =>
      setTimeout(() => resolve(new Response(String(Deno.pid))), request.url.endsWith("/now") ? 0 : 60_000)),
  };`;
const ENV = `export default { fetch: () => Response.json(Deno.env.toObject()) };`;
const UNCONFIGURED = `
  if (!Deno.env.get("GREETING")) throw new Error("GREETING is not set");
  export default { fetch: () => new Response() };`;
const TELLTALE = `
  console.log("the key is", Deno.env.get("STRIPE_SECRET_KEY"));
  export default { fetch: () => new Response() };`;

/** Runs a test on a stack with these functions, by name. */
async function onFunctions(
  functions: Record<string, string>,
  test: (stack: Stack, project: Project, log: string[]) => Promise<void>,
  options: StackOptions = {},
): Promise<void> {
  const files = Object.entries(functions)
    .map(([name, source]) => [`functions/${name}/index.ts`, source]);
  await using project = await makeProject({
    "config.toml": openToAll(...Object.keys(functions)),
    ...Object.fromEntries(files),
  });
  const log: string[] = [];
  await using stack = await startStack({
    project: project.url,
    durable: false,
    log: (line) => log.push(line),
    ...options,
  });
  await test(stack, project, log);
}

/** A `config.toml` in which these functions need no JWT. */
function openToAll(...names: string[]): string {
  return names.map((name) => `[functions.${name}]\nverify_jwt = false\n`).join("\n");
}

Deno.test("a request reaches the function byte by byte, and so does its answer", () =>
  onFunctions({ echo: ECHO }, async ({ functionsUrl }) => {
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    const response = await fetch(`${functionsUrl}/echo/a%20b/c?x=1&y=%2F`, {
      method: "PUT",
      headers: { "stripe-signature": "t=1,v1=00", "x-forwarded-for": "203.0.113.7" },
      body,
    });
    const answer = new Uint8Array(await response.arrayBuffer());
    assert.equal(sha256(answer), sha256(body));
    assert.equal(response.status, 418);
    assert.equal(response.headers.get("x-method"), "PUT");
    // The path as a hosted function sees it: its own name first.
    assert.match(response.headers.get("x-url") ?? "", /:\d+\/echo\/a%20b\/c\?x=1&y=%2F$/);
    const received = JSON.parse(response.headers.get("x-received") ?? "{}");
    assert.equal(received["stripe-signature"], "t=1,v1=00");
    assert.equal(received["content-length"], "60000");
    assert.equal(received["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
    assert.equal(received["x-forwarded-proto"], "http");
    assert.equal(received["x-forwarded-port"], new URL(functionsUrl).port);
  }));

Deno.test("a function gets the platform's environment and the operator's, and no other", () =>
  onFunctions({ env: ENV }, async (stack) => {
    Deno.env.set("SESAME_TEST_LEAK", "leaked");
    const env = await (await fetch(`${stack.functionsUrl}/env`)).json();
    Deno.env.delete("SESAME_TEST_LEAK");
    assert.equal(env.SUPABASE_URL, stack.apiUrl);
    assert.equal(JSON.parse(env.SUPABASE_SECRET_KEYS).default, stack.secretKey);
    assert.equal(JSON.parse(env.SUPABASE_PUBLISHABLE_KEYS).default, stack.publishableKey);
    assert.equal(env.STRIPE_WEBHOOK_SECRET, stack.webhookSecret);
    assert.equal(env.SITE_URL, "https://sesame.example");
    assert.equal(env.SESAME_TEST_LEAK, undefined);
  }, { env: { SITE_URL: "https://sesame.example" } }));

Deno.test("a .env beside the functions counts of envFolder, except for the platform's names", async () => {
  await using project = await makeProject({
    "config.toml": openToAll("env"),
    "functions/env/index.ts": ENV,
    "functions/.env":
      'STRIPE_WEBHOOK_SECRET="whsec_new, whsec_old"\nSUPABASE_URL=http://elsewhere\n',
  });
  await using stack = await startStack({
    project: project.url,
    durable: false,
    envFolder: new URL("functions/", project.url),
  });
  const env = await (await fetch(`${stack.functionsUrl}/env`)).json();
  assert.equal(env.STRIPE_WEBHOOK_SECRET, "whsec_new, whsec_old");
  assert.equal(stack.webhookSecret, "whsec_new");
  assert.equal(env.SUPABASE_URL, stack.apiUrl);
});

Deno.test("a function's own deno.json counts before that of the folder", async () => {
  const map = (file: string) => JSON.stringify({ imports: { greeting: file } });
  const says = 'import { greeting } from "greeting";\n' +
    "export default { fetch: () => new Response(greeting) };\n";
  await using project = await makeProject({
    "functions/deno.json": map("./shared.ts"),
    "functions/shared.ts": 'export const greeting = "shared";',
    "functions/one/index.ts": says,
    "functions/two/index.ts": says,
    "functions/two/deno.json": map("./own.ts"),
    "functions/two/own.ts": 'export const greeting = "own";',
    "config.toml": openToAll("one", "two"),
  });
  await using stack = await startStack({ project: project.url, durable: false });
  for (const [name, greeting] of [["one", "shared"], ["two", "own"]]) {
    const response = await fetch(`${stack.functionsUrl}/${name}`);
    assert.equal(await response.text(), greeting);
  }
});

Deno.test("a function may call Deno.serve in place of a default export", () =>
  onFunctions({
    plain: 'Deno.serve(() => new Response("plain"));',
    options: 'Deno.serve({ port: 8000 }, () => new Response("options"));',
    handler: 'Deno.serve({ handler: () => new Response("handler") });',
  }, async ({ functionsUrl }) => {
    for (const name of ["plain", "options", "handler"]) {
      assert.equal(await (await fetch(`${functionsUrl}/${name}`)).text(), name);
    }
  }));

Deno.test("a function that does not boot answers 503, and the terminal names it and the error", () =>
  onFunctions({ broken: UNCONFIGURED, echo: ECHO }, async ({ functionsUrl }, _, log) => {
    const response = await fetch(`${functionsUrl}/broken`, { method: "POST" });
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), {
      code: "BOOT_ERROR",
      message: "Function broken failed to start (please check logs)",
    });
    assert.ok(
      log.some((line) => /^\[broken\] .*GREETING is not set/.test(line)),
      log.join("\n"),
    );
    assert.ok(log.includes("the function broken did not boot"));
    const echo = await fetch(`${functionsUrl}/echo`);
    assert.deepEqual([echo.status, await echo.text()], [418, ""]);
  }));

Deno.test("a function needs a member's JWT unless config.toml says otherwise", () =>
  onFunctions({ open: ECHO }, async (stack, project) => {
    await project.write({ "functions/closed/index.ts": ECHO });
    await stack.functions?.reload();
    const client = createClient(stack.apiUrl, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const { data } = await client.auth.signUp({
      email: "ada@example.com",
      password: "open sesame",
    });
    const jwt = data.session?.access_token ?? "";
    const forged = jwt.replace(/\.[^.]+$/, `.${"A".repeat(43)}`);

    async function ask(name: string, authorization?: string, method = "POST"): Promise<number> {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${stack.functionsUrl}/${name}`, { method, headers });
      await response.body?.cancel();
      return response.status;
    }
    assert.equal(await ask("open"), 418);
    assert.equal(await ask("closed"), 401);
    for (const wrong of ["", "nonsense", "a.b.c", stack.secretKey, forged]) {
      assert.equal(await ask("closed", `Bearer ${wrong}`), 401, wrong);
    }
    assert.equal(await ask("closed", `Bearer ${jwt}`), 418);
    assert.equal(await ask("closed", undefined, "OPTIONS"), 418);
  }));

Deno.test("a secret that a function prints is shown by its name", () =>
  onFunctions({ telltale: TELLTALE }, async (_, __, log) => {
    await until(() => log.length > 0);
    assert.deepEqual(log, ["[telltale] the key is [STRIPE_SECRET_KEY]"]);
  }));

Deno.test("a function killed in the middle answers 502, and the next request boots it again", () =>
  onFunctions({ slow: SLOW }, async ({ functionsUrl, functions }) => {
    const before = await (await fetch(`${functionsUrl}/slow/now`)).text();
    const cut = fetch(`${functionsUrl}/slow`);
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // until the function has it
    await functions?.kill("slow");
    const response = await cut;
    assert.equal(response.status, 502);
    assert.equal((await response.json()).code, "WORKER_ERROR");
    assert.notEqual(await (await fetch(`${functionsUrl}/slow/now`)).text(), before);
  }));

Deno.test("a reload replaces, adds and removes functions", () =>
  onFunctions({ one: ECHO, two: ECHO }, async ({ functionsUrl, functions }, project) => {
    const hello = `export default { fetch: () => new Response("hello") };`;
    await project.write({
      "config.toml": openToAll("one", "two", "three"),
      "functions/one/index.ts": hello,
      "functions/three/index.ts": hello,
    });
    await Deno.remove(new URL("functions/two", project.url), { recursive: true });
    await functions?.reload();
    for (const [name, expected] of [["one", "hello"], ["three", "hello"], ["two", "NOT_FOUND"]]) {
      const text = await (await fetch(`${functionsUrl}/${name}`)).text();
      assert.ok(text.includes(expected ?? ""), `${name}: ${text}`);
    }
  }));

Deno.test("a reload under load refuses no request: requests in flight are served first", () =>
  onFunctions({ one: ECHO }, async ({ functionsUrl, functions }) => {
    const answers = new Set<number>();
    let isOver = false;
    async function use(): Promise<void> {
      while (!isOver) {
        const response = await fetch(`${functionsUrl}/one`);
        await response.body?.cancel();
        answers.add(response.status);
      }
    }
    const users = Promise.all(Array.from({ length: 16 }, use));
    for (let round = 0; round < 4; round++) await functions?.reload();
    isOver = true;
    await users;
    assert.deepEqual([...answers], [418]);
  }));

Deno.test("a folder is a function if it has an index.ts and a name that is valid in a URL", async () => {
  await using project = await makeProject({
    "functions/_shared/index.ts": "",
    "functions/1st/index.ts": "",
    "functions/notes/readme.md": "",
    "functions/module-token/index.ts": "",
    "functions/checkout/index.ts": "",
  });
  assert.deepEqual(await discoverFunctions(new URL("functions/", project.url)), [
    "checkout",
    "module-token",
  ]);
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
