/** The package `sesame-client` as a site has it: from its tarball, through npm, on Node and beside supabase-js. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { build } from "esbuild";
import { VERSION } from "../../cli/version.ts";
import { openStage } from "../e2e/stage.ts";
import { CLIENT, makeClientTarball, OLDEST_SUPABASE_JS } from "../makers/client_tarball.ts";

const ROOT = new URL("../../", import.meta.url);
const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
const versionOf = (name: string) => String(imports[name]).split("@").at(-1);

const { stack, schema } = await openStage();

/** A member who buys on Node. It prints what each call answered. */
const BUYS = `
import { createClient } from "@supabase/supabase-js";
import { createSesame } from "sesame-client";

const { API_URL, PUBLISHABLE_KEY, SCHEMA } = process.env;
const supabase = createClient(API_URL, PUBLISHABLE_KEY, {
  auth: { persistSession: false, autoRefreshToken: false },
  // Node 20 has no WebSocket. No channel can be joined then, so the client polls.
  realtime: globalThis.WebSocket === undefined ? { transport: class {} } : {},
});
const sesame = createSesame(supabase, { schema: SCHEMA });
const words = [];
const note = ({ data, error }, read) => words.push(error?.code ?? read(data));

note(await sesame.modules(), () => "rows");
await supabase.auth.signUp({ email: crypto.randomUUID() + "@example.com", password: "open sesame" });
const seen = [];
const end = sesame.onChange(({ data }) => seen.push(data?.map(({ slug }) => slug).join()));
note(await sesame.has("whisper"), String);
const { error } = await sesame.buy({ module: "whisper" });
note({ data: error.prices.length, error: null }, String);
const { data } = await sesame.buy({ price: error.prices[1].price });
await fetch(data.url, { method: "POST", body: new URLSearchParams({ action: "pay" }), redirect: "manual" });
const session = /cs_test_\\w+/.exec(data.url)[0];
note(await sesame.status(session), ({ status }) => status);
note(await sesame.buy({ module: "whisper" }), () => "url");
note(await sesame.claim({ module: "playground" }), ({ isNew }) => isNew);
note(await sesame.token("whisper"), ({ module }) => module);
note(await sesame.portal(), ({ url }) => typeof url);
while (seen.at(-1) !== "whisper,playground") await new Promise((resolve) => setTimeout(resolve, 50));
end();
console.log(JSON.stringify(words));
process.exit();
`;

/** A site in TypeScript, whose client has the types of its own database. */
const TYPED = `
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createSesame, type ModuleStatus, type Sesame } from "sesame-client";

interface Database {
  public: {
    Tables: { likes: { Row: { id: number }; Insert: { id: number }; Update: { id?: number }; Relationships: [] } };
    Views: Record<never, never>;
    Functions: Record<never, never>;
  };
}
const supabase: SupabaseClient<Database> = createClient<Database>("https://example.com", "sb_publishable_1");
const sesame: Sesame = createSesame(supabase);

export async function buy(): Promise<string> {
  const { data, error } = await sesame.buy({ module: "whisper" });
  if (error === null) return data.url;
  switch (error.code) {
    case "choose_price":
      return error.prices.map(({ price }) => price).join();
    case "already_owned":
      return error.url;
    default:
      // @ts-expect-error -- only some problems have prices
      return error.prices;
  }
}

export async function statuses(): Promise<ModuleStatus[]> {
  const { data } = await sesame.modules();
  // @ts-expect-error -- nothing was sold
  await sesame.buy({});
  return data?.map(({ status }) => status) ?? [];
}
`;

/** A page that a server renders. */
const RENDERS = `
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { Gate, SesameProvider } from "sesame-client/react";

const gate = createElement(Gate, { module: "whisper", loading: "loading" }, "open");
console.log(renderToString(createElement(SesameProvider, { sesame: {} }, gate)));
`;

async function run(folder: string, program: string, ...args: string[]) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: folder,
    env: { API_URL: stack.apiUrl, PUBLISHABLE_KEY: stack.publishableKey, SCHEMA: schema },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, `${program} ${args.join(" ")}: ${out}${err}`);
  return out ?? "";
}

Deno.test("sesame-client from its tarball, in an empty project", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sesame client " });
  const install = (...packages: string[]) =>
    run(folder, "npm", "install", "--no-audit", "--no-fund", ...packages);
  try {
    const tarball = await makeClientTarball(folder);
    await Deno.writeTextFile(join(folder, "package.json"), '{ "type": "module" }');
    await Deno.writeTextFile(join(folder, "buys.js"), BUYS);
    await Deno.writeTextFile(join(folder, "typed.ts"), TYPED);

    await t.step("the tarball has JavaScript and declarations, and is small", () => {
      const { name, version, files, size } = tarball;
      assert.deepEqual([name, version], [CLIENT, VERSION]);
      const others = files.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
      assert.deepEqual(others, ["LICENSE", "README.md", "package.json"]);
      assert.deepEqual(files.filter((path) => /test/.test(path)), []);
      assert.ok(size < 30_000, String(size));
    });

    for (const version of [OLDEST_SUPABASE_JS, versionOf("@supabase/supabase-js")]) {
      await t.step(`on Node, a member buys with supabase-js ${version}`, async () => {
        await install(tarball.path, `@supabase/supabase-js@${version}`);
        assert.deepEqual(JSON.parse(await run(folder, "node", "buys.js")), [
          "not_signed_in",
          "false",
          "2",
          "paid",
          "already_owned",
          true,
          "whisper",
          "string",
        ]);
      });

      await t.step(`its types fit a typed client of supabase-js ${version}`, async () => {
        await install(`typescript@${versionOf("typescript")}`, "@types/node@20");
        const options = ["--strict", "--exactOptionalPropertyTypes", "--noEmit", "--skipLibCheck"];
        for (const module of ["nodenext", "preserve"]) {
          await run(folder, "npx", "tsc", ...options, "--module", module, "typed.ts");
        }
      });
    }

    await t.step(
      'its React components keep "use client", and render on a server with React 18 and 19',
      async () => {
        const entry = join(folder, "node_modules", CLIENT, "dist/react/provider.js");
        assert.match(await Deno.readTextFile(entry), /^"use client";/);
        await Deno.writeTextFile(join(folder, "renders.js"), RENDERS);
        for (const version of ["18", versionOf("react")]) {
          await install(`react@${version}`, `react-dom@${version}`);
          assert.equal(await run(folder, "node", "renders.js"), "loading\n");
        }
      },
    );

    await t.step("a bundler leaves out what a site does not use", async () => {
      const contents = `export { MODULE_STATUSES } from "${CLIENT}"`;
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: folder },
        bundle: true,
        minify: true,
        format: "esm",
        write: false,
      });
      assert.ok((outputFiles[0]?.contents.length ?? 0) < 200);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
