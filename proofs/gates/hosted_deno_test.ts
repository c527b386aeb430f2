import assert from "node:assert/strict";
import { dirname } from "node:path";
import { failureDetails } from "../test/failure_details.ts";
import { deploy } from "./deploy.ts";
import type { Upload } from "./management_api.ts";
import { HOSTED_DENO, npmTool } from "./npm_tool.ts";
import { PROJECT } from "./supabase_cli.ts";

Deno.test(`the functions on Deno ${HOSTED_DENO.version}, as the hosted runtime has it`, async (t) => {
  const { code, stderr, uploads } = await deploy();
  assert.equal(code, 0, stderr);
  const room = await Deno.makeTempDir({ prefix: "sesame-hosted-" });
  try {
    for (const [name, upload] of uploads) {
      await t.step(`the uploaded files of ${name} type-check`, async () => {
        const folder = `${room}/${name}`;
        await unpack(upload, folder);
        const { entrypoint_path, import_map_path = "" } = upload.metadata;
        await hostedDeno(
          ["check", "--no-lock", "--config", import_map_path, entrypoint_path],
          folder,
        );
      });
    }

    await t.step("all their tests pass", async () => {
      const folder = `${room}/functions`;
      await copyFolder(`${PROJECT}supabase/functions`, folder);
      const args = ["test", "--no-lock", "--allow-all", "--config", "deno.json"];
      // npm's starter of Deno also ends with 0 if Deno was killed. Only the summary shows that it ended.
      assert.match(await hostedDeno(args, folder), /\d passed \| 0 failed/);
    });
  } finally {
    await Deno.remove(room, { recursive: true });
  }
});

/** Writes the files that the hosted bundler gets. */
async function unpack({ files }: Upload, folder: string): Promise<void> {
  for (const [path, content] of files) {
    await Deno.mkdir(`${folder}/${dirname(path)}`, { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, content);
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const copy = isDirectory ? copyFolder : Deno.copyFile;
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Runs the old Deno, with a cache of its own: the formats of two versions need not agree. Returns its output. */
async function hostedDeno(args: string[], cwd: string): Promise<string> {
  const deno = new Deno.Command(await npmTool(HOSTED_DENO), {
    args,
    cwd,
    env: {
      NO_COLOR: "1",
      DENO_DIR: `${dirname(cwd)}/.deno`,
      // Behind some proxies only the system's certificates trust npm.
      DENO_TLS_CA_STORE: "mozilla,system",
    },
  });
  const { success, stdout, stderr } = await deno.output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stderr) + decoder.decode(stdout);
  assert.ok(success, failureDetails(printed));
  return printed;
}
