import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { createClient } from "@supabase/supabase-js";
import { openStage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";

const browser = await openBrowser();
const { stack } = await openStage();
const script = await bundle();

/** A site with a server of its own, as of a frontend's development server. */
function openSite(hostname: string): AsyncDisposable & { url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const isScript = new URL(request.url).pathname === "/main.js";
    return new Response(isScript ? script : '<script src="/main.js"></script>', {
      headers: { "content-type": isScript ? "text/javascript" : "text/html" },
    });
  });
  return {
    url: `http://${hostname}:${server.addr.port}/shop`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function bundle(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "supabase_client.ts"],
    cwd: fileURLToPath(new URL("./", import.meta.url)),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, err);
  return out ?? "";
}

interface Given {
  url: string;
  key: string;
  email: string;
}

/** Runs in the page: what a shop does with supabase-js. Everything in it crosses origins. */
async function shop({ url, key, email }: Given) {
  const { createClient: create } = globalThis as unknown as { createClient: typeof createClient };
  const supabase = create(url, key);
  const signedUp = await supabase.auth.signUp({ email, password: "open sesame" });
  const named = await supabase.auth.updateUser({ data: { name: "Ada" } });
  const modules = await supabase.from("modules").select("slug", { count: "exact" });
  const written = await supabase.from("module_access").delete().eq("user_id", crypto.randomUUID());
  const open = await supabase.rpc("has_module_access", { module: "whisper" });
  const refused = await supabase.functions.invoke("module-token", { body: { module: "whisper" } });
  const bought = await supabase.functions.invoke("checkout", {
    body: { price: "price_stable_diffusion", return_url: location.href },
  });
  return {
    errors: [signedUp, named, modules, open, bought].map(({ error }) => error?.message ?? null),
    count: modules.count,
    isOpen: open.data,
    writing: written.error?.code,
    problem: (await refused.error.context.json()).code,
    payAt: bought.data.url as string,
  };
}

for (const hostname of ["localhost", "127.0.0.1"]) {
  Deno.test(`a frontend at ${hostname} calls everything and gets its buyer back`, async () => {
    await using site = openSite(hostname);
    await using visitor = await visit(browser);
    const { page } = visitor;
    await page.goto(site.url);
    const email = `${crypto.randomUUID()}@example.com`;
    const given = { url: stack.apiUrl, key: stack.publishableKey, email };
    const { payAt, ...answers } = await page.evaluate(shop, given);
    assert.deepEqual(answers, {
      errors: [null, null, null, null, null],
      count: 4,
      isOpen: false,
      writing: "42501",
      problem: "no_access",
    });
    await page.goto(payAt);
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.waitForURL(`${site.url}?session_id=cs_*`);
  });
}
