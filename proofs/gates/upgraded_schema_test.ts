/** An app with Sesame in a schema of its own, and with other names of the functions, from the first version to the third. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { addDemoData } from "../../cli/dev/demo_data.ts";
import { commandEnv } from "../../local/command_env.ts";
import { NAME } from "../makers/npm_tarball.ts";
import { NEW_FUNCTION, OLD_FUNCTION, THIRD } from "./made_up_releases.ts";
import { installApp } from "./packed_app.ts";
import {
  assertAsBefore,
  deployed,
  opener,
  pusher,
  rows,
  sell,
  stateOf,
  succeed,
  writeFirstApp,
} from "./upgraded_app.ts";

const SCHEMA = "sesame_api";
const PREFIX = "sesame-";
const ACCESS =
  `select to_jsonb(it)::text as row from ${SCHEMA}.module_access as it order by user_id, module_id`;

Deno.test({
  name: "an app with another schema and a prefix is upgraded, and is as before after remove",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using held = new AsyncDisposableStack();
  const { root, releases, folder, sesame } = await writeFirstApp(held);
  const open = opener(folder, { schema: SCHEMA, functionsPrefix: PREFIX });
  const push = pusher(folder);
  const before = await stateOf(open, folder);
  succeed(await sesame(["add", "--schema", SCHEMA, "--functions-prefix", "sesame", "--yes"]));
  const stack = held.use(await open());
  // The commands read the schema and the prefix from the project.
  const env = commandEnv(stack);
  /** Each step needs the one before. */
  const step = async (title: string, run: () => Promise<void>) => {
    assert.ok(await t.step(title, run), title);
  };
  let access: unknown[] = [];

  await step("the first version sells, and the doctor finds nothing", async () => {
    assert.match(succeed(await push(stack.dbUrl)).stdout, /up to date/);
    await addDemoData(stack.dbUrl, SCHEMA);
    await sell(stack, "stable-diffusion", SCHEMA);
    access = await rows(stack.dbUrl, ACCESS);
    assert.equal(access.length, 1);
    succeed(await sesame(["doctor"], env));
  });

  await step("the third version writes its migration for the same names", async () => {
    await installApp(root, releases.third);
    assert.match((await sesame(["status"], env)).out, new RegExp(`\n  npx ${NAME} upgrade\n`));
    const { out } = succeed(await sesame(["upgrade", "--yes"], env));
    assert.match(out, new RegExp(`functions delete ${PREFIX}${OLD_FUNCTION}$`, "m"));
    const { version, options, upgrades } = JSON.parse(
      await Deno.readTextFile(join(folder, "supabase/sesame.json")),
    );
    assert.deepEqual([version, options.schema, options.functionsPrefix], [THIRD, SCHEMA, PREFIX]);
    const sql = await Deno.readTextFile(join(folder, "supabase/migrations", upgrades[0]));
    assert.match(sql, /function sesame_api\.has_module_access\(/);
    assert.doesNotMatch(sql, /\bpublic\./);
  });

  await step("pushed and deployed, it works, and what was sold is as before", async () => {
    succeed(await push(stack.dbUrl));
    const ours = [
      "checkout",
      "health",
      "module-token",
      "reconcile",
      "stripe-webhook",
      NEW_FUNCTION,
    ];
    assert.deepEqual(await deployed(folder), ["hello", ...ours.map((slug) => PREFIX + slug)]);
    await stack.functions?.reload();
    assert.deepEqual(await rows(stack.dbUrl, ACCESS), access);
    const body = "select prosrc from pg_proc where proname = 'has_module_access'";
    assert.match(JSON.stringify(await rows(stack.dbUrl, body)), /\(third\).*sesame_api\.modules/);
    await sell(stack, "whisper", SCHEMA);
    assert.equal((await rows(stack.dbUrl, ACCESS)).length, 2);
  });

  await step("the commands find nothing, and print the schema's name", async () => {
    succeed(await sesame(["doctor"], env));
    succeed(await sesame(["status"], env));
    succeed(await sesame(["test", "--only", "house_rules"]));
    const { out } = await sesame(["explain", "ada@example.com", "whisper"], env);
    assert.match(out, /^whisper for ada@example\.com: open/);
    const unknown = await sesame(["explain", "ada@example.com", "nothing"], env);
    assert.match(unknown.out, /select id, slug, title from sesame_api\.modules/);
  });

  await step("removed, the database and the files are as before", async () => {
    succeed(await sesame(["remove", "--yes"], env));
    succeed(await push(stack.dbUrl));
    await assertAsBefore(stack.dbUrl, folder, before);
  });
});
