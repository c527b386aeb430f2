import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { addAsPlanned } from "../../cli/add/add.ts";
import { planAdd } from "../../cli/add/plan.ts";
import { APP, makeUserProject, type TestProject } from "../../cli/project/testing.ts";
import { startFunctions } from "../../local/functions.ts";
import { platformEnv } from "../../local/functions_env.ts";
import { makeKeys } from "../../local/keys.ts";
import { HOSTED_DENO, npmTool } from "./npm_tool.ts";
import { PROJECT_REF } from "./hosted_names.ts";
import { type ManagementApi, serveManagementApi } from "./management_api.ts";
import { environmentFor } from "./stand_in_project.ts";
import { supabase } from "./supabase_cli.ts";

const PREFIX = "sesame-";
const OURS = ["checkout", "health", "module-token", "reconcile", "stripe-webhook"]
  .map((name) => PREFIX + name);

/** Nothing answers there: these functions only have to start. */
const NOWHERE = "http://127.0.0.1:9";
const ENV = platformEnv(NOWHERE, "postgresql://127.0.0.1:9/postgres", makeKeys());

/** An app with a module, a map and a `package.json` of its own, and a function with a name of ours. */
async function makeApp(): Promise<TestProject> {
  const project = await makeUserProject({
    ...APP,
    "supabase/functions/checkout/index.ts":
      'import { cors } from "../_shared/cors.ts";\nexport default { fetch: () => new Response("mine", { headers: cors }) };\n',
  });
  const plan = await planAdd(project.folder, { functionsPrefix: PREFIX }, null, new Date());
  assert.deepEqual(plan.clashes, []);
  await addAsPlanned(project.folder, plan, null);
  return project;
}

async function deploy(project: TestProject, api: ManagementApi) {
  await using environment = await environmentFor(api);
  const args = ["functions", "deploy", "--use-api", `--remote=${PROJECT_REF}`];
  return await supabase(args, environment.variables, project.root);
}

/** The files of the project in the module graph of a function, with its own import map. */
async function importsOf({ root }: TestProject, slug: string): Promise<string[]> {
  const folder = `supabase/functions/${slug}`;
  const info = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", `${folder}/deno.json`, `${folder}/index.ts`],
    cwd: root,
    env: { DENO_NO_PACKAGE_JSON: "1" },
  });
  const graph = JSON.parse(new TextDecoder().decode((await info.output()).stdout));
  const urls: string[] = graph.modules.map((module: { specifier: string }) => module.specifier);
  return urls
    .filter((url) => url.startsWith("file:") && !url.includes("/node_modules/"))
    .map((url) => relative(root, fileURLToPath(url)));
}

Deno.test("functions that add has written, beside an app's own", async (t) => {
  await using project = await makeApp();

  await t.step("are deployed by the real CLI, each with its imports and its own map", async () => {
    await using api = serveManagementApi();
    const { code, stderr } = await deploy(project, api);
    assert.equal(code, 0, stderr);
    // The app's own functions have no table in its configuration.
    assert.deepEqual(stderr.match(/^.*WARN.*$/gm), [
      "WARNING: Functions using fallback import map: checkout, hello",
    ]);
    assert.deepEqual([...api.uploads.keys()].sort(), ["checkout", "hello", ...OURS]);
    for (const slug of OURS) {
      const { metadata, files } = api.uploads.get(slug)!;
      const map = `supabase/functions/${slug}/deno.json`;
      assert.deepEqual([metadata.import_map_path, metadata.verify_jwt], [map, false]);
      assert.deepEqual([...files.keys()].sort(), [map, ...await importsOf(project, slug)].sort());
    }
    const own = [...api.uploads.get("checkout")!.files.keys()].sort();
    assert.deepEqual(
      own,
      ["_shared/cors.ts", "checkout/index.ts", "import_map.json"].map((path) =>
        `supabase/functions/${path}`
      ),
    );
  });

  await t.step("every vendored file is used by one of them", async () => {
    const used = (await Promise.all(OURS.map((slug) => importsOf(project, slug)))).flat();
    const vendored = Object.keys(await project.snapshot())
      .filter((path) => path.includes("/_sesame/") && path.endsWith(".ts"));
    assert.deepEqual(vendored.filter((path) => !used.includes(path)), []);
  });

  await t.step("start on this machine, and the app's own too", async () => {
    const lines: string[] = [];
    const functions = await startFunctions({
      project: pathToFileURL(`${project.folder}/`),
      jwtSecret: "secret",
      readEnv: () => Promise.resolve(ENV),
      log: (line) => void lines.push(line),
    });
    try {
      const own = await functions.fetch(new Request("http://localhost/checkout"));
      assert.equal(own.status, 401, "the app's config lets no one in without a JWT");
      await own.body?.cancel();
      for (const slug of OURS) {
        const answer = await functions.fetch(new Request(`http://localhost/${slug}/nowhere`));
        assert.match((await answer.json()).type, /^urn:sesame:problem:/, lines.join("\n"));
      }
    } finally {
      await functions.stop();
    }
  });

  await t.step(`start on Deno ${HOSTED_DENO.version}, where no import map is named`, async () => {
    // As the self-hosted runtime does it: the folder of functions is mounted alone, the main worker names a function's
    // folder and no map.
    const mounted = await Deno.makeTempDir({ prefix: "sesame-mounted-" });
    try {
      await copyFolder(join(project.folder, "functions"), join(mounted, "functions"));
      for (const slug of OURS) {
        assert.match((await answerOf(mounted, slug)).type, /^urn:sesame:problem:/);
      }
    } finally {
      await Deno.remove(mounted, { recursive: true });
    }
  });
});

/** The answer of one function to a path that it does not have. */
async function answerOf(mounted: string, slug: string): Promise<{ type: string }> {
  const port = freePort();
  const serving = new Deno.Command(await npmTool(HOSTED_DENO), {
    args: [
      "serve",
      "--no-lock",
      "-A",
      "--host=127.0.0.1",
      `--port=${port}`,
      "index.ts",
    ],
    // From another folder `deno serve` of this version finds no map. The runtime looks beside the entrypoint.
    cwd: `${mounted}/functions/${slug}`,
    clearEnv: true,
    env: {
      ...ENV,
      PATH: Deno.env.get("PATH") ?? "",
      HOME: mounted,
      DENO_DIR: `${mounted}/.deno`,
      DENO_TLS_CA_STORE: "mozilla,system",
    },
    stdout: "null",
    stderr: "inherit",
    detached: true, // in a group of its own, because npm's program is a script that starts Deno
  }).spawn();
  try {
    return await firstAnswer(`http://127.0.0.1:${port}/${slug}/nowhere`);
  } finally {
    try {
      Deno.kill(-serving.pid, "SIGKILL");
    } catch {
      // It has ended already, and has printed why.
    }
    await serving.status;
  }
}

async function firstAnswer(url: string): Promise<{ type: string }> {
  for (const until = Date.now() + 60_000; Date.now() < until;) {
    const answer = await fetch(url).catch(() => null);
    if (answer !== null) return await answer.json();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not answer`);
}

function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    await (isDirectory ? copyFolder : Deno.copyFile)(join(from, name), join(to, name));
  }
}
