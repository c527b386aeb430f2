/** The owner of the old site pastes the SQL of its two guides once more, into a project that has Sesame. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { startStack } from "../../local/stack.ts";
import { openProject } from "../doctor/open_project.ts";
import { drift } from "../doctor/checks/drift.ts";

const TABLE = `
CREATE TABLE IF NOT EXISTS module_access (
    id SERIAL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    module_id INTEGER REFERENCES modules(id) ON DELETE CASCADE,
    access_type VARCHAR(50) DEFAULT 'purchase',
    token_id VARCHAR(255),
    expires_at TIMESTAMP,
    is_active BOOLEAN DEFAULT true,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metadata JSONB DEFAULT '{}'::jsonb
);`;

const INDEXES = `
CREATE INDEX IF NOT EXISTS idx_module_access_user_id ON module_access(user_id);
CREATE INDEX IF NOT EXISTS idx_module_access_module_id ON module_access(module_id);
CREATE INDEX IF NOT EXISTS idx_module_access_is_active ON module_access(is_active);`;

const ROWS = `
INSERT INTO module_access (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
SELECT at.created_by, at.module_id, 'token' as access_type, at.id as token_id, at.expires_at, at.is_active,
    jsonb_build_object('token_id', at.id, 'access_level', at.access_level, 'created_from_token', true) as metadata
FROM access_tokens at
WHERE at.is_active = true
AND NOT EXISTS (
    SELECT 1 FROM module_access ma
    WHERE ma.user_id = at.created_by AND ma.module_id = at.module_id AND ma.is_active = true
)`;

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
        const project = await openProject((name) =>
          ({
            SUPABASE_URL: stack.apiUrl,
            SUPABASE_SECRET_KEY: stack.secretKey,
            SUPABASE_DB_URL: stack.dbUrl,
          })[name]
        );
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
