/** The SQL of the old site's two guides, pasted into a project with Sesame. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { startStack } from "../../local/stack.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import { environmentOf } from "./stage.ts";
import { check as drift } from "../../cli/doctor/checks/drift.ts";
import { INDEXES, ROWS, TABLE } from "./old_site/guide_sql.ts";

const PAGE = new URL("../../docs/ancien_site.md", import.meta.url);

Deno.test("the old guides' SQL makes three more indexes and nothing else, as docs/ancien_site.md says", async (t) => {
  await using stack = await startStack({ durable: false, functions: false });
  const notices: string[] = [];
  const sql = postgres(stack.dbUrl, {
    max: 1,
    onnotice: ({ message }) => void notices.push(message ?? ""),
  });
  const page = await Deno.readTextFile(PAGE);
  const indexes = async () =>
    (await sql`select indexname from pg_indexes where tablename = 'module_access'`).length;
  try {
    const [ada] = await sql`select id from auth.users where email = 'ada@example.com'`;
    await sql`insert into access_tokens (module_id, created_by)
      select id, ${ada?.id} from modules where slug = 'whisper'`;
    const before = await indexes();

    await t.step("the table is skipped, and the indexes are made beside ours", async () => {
      await sql.unsafe(TABLE);
      await sql.unsafe(INDEXES);
      const notice = 'relation "module_access" already exists, skipping';
      assert.deepEqual(notices, [notice]);
      assert.equal(await indexes(), before + 3);
      assert.ok(page.includes(notice));
    });

    await t.step("no row is inserted: a token has its access already", async () => {
      assert.equal((await sql.unsafe(ROWS)).count, 0);
      assert.equal((await sql`select from module_access where user_id = ${ada?.id}`).length, 1);
    });

    await t.step(
      "a token that waits for its owner goes on waiting",
      async () => {
        await sql`insert into access_tokens (module_id, user_ref)
        select id, 'zoe@example.com' from modules where slug = 'whisper'`;
        assert.equal((await sql.unsafe(ROWS)).count, 0);
        assert.equal((await sql`select from module_access where user_id is null`).length, 0);
      },
    );

    await t.step(
      "the doctor does not name the indexes, and the page takes them away again",
      async () => {
        const project = await openProject((name) => environmentOf(stack)[name]);
        assert.deepEqual(await drift.look(project), []);
        const [, statement = ""] = /^(drop index if exists .+;)$/m.exec(page) ?? [];
        await sql.unsafe(statement);
        assert.equal(await indexes(), before);
        assert.deepEqual(await drift.look(project), []);
      },
    );
  } finally {
    await sql.end();
  }
});
