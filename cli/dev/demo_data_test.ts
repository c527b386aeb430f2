import assert from "node:assert/strict";
import postgres from "postgres";
import { type Stack, startStack } from "../../local/stack.ts";
import { makeProject } from "../../local/testing.ts";
import { addAppPrices } from "./app_prices.ts";
import { addDemoData } from "./demo_data.ts";

const OURS = new URL("../../supabase/migrations/", import.meta.url);

/** A stack of an app: our migrations, and these files. */
async function startApp(files: Record<string, string> = {}): Promise<Stack> {
  await using project = await makeProject(files);
  for await (const { name } of Deno.readDir(OURS)) {
    await Deno.copyFile(new URL(name, OURS), new URL(`migrations/${name}`, project.url));
  }
  return await startStack({ project: project.url, durable: false, functions: false });
}

async function read({ dbUrl }: Stack, query: string): Promise<unknown[]> {
  const sql = postgres(dbUrl, { max: 1 });
  const rows = await sql.unsafe(query);
  await sql.end();
  return rows.map((row) => Object.values(row)[0]);
}

const SLUGS = "select slug from public.modules order by id";
const MEMBERS = "select email from auth.users order by email";

Deno.test("an app without modules gets modules and members to try, once", async () => {
  await using stack = await startApp();
  const lines = await addDemoData(stack.dbUrl);
  assert.match(lines[0] ?? "", /no modules yet\. To try: stable-diffusion, whisper, /);
  assert.match(lines[1] ?? "", /ada@example\.com and bob@example\.com/);
  assert.equal((await read(stack, SLUGS)).length, 4);
  assert.deepEqual(await read(stack, MEMBERS), ["ada@example.com", "bob@example.com"]);
  assert.deepEqual(await addDemoData(stack.dbUrl), []);
});

Deno.test("an app with a module of its own gets nothing", async () => {
  await using stack = await startApp({
    "seed.sql": "insert into public.modules (slug, title) values ('course', 'Course');",
  });
  assert.deepEqual(await addDemoData(stack.dbUrl), []);
  assert.deepEqual([await read(stack, SLUGS), await read(stack, MEMBERS)], [["course"], []]);
});

Deno.test("an app whose trigger refuses the members gets the modules, and the reason", async () => {
  await using stack = await startApp({
    "migrations/20991231000000_profiles.sql": `
      create function public.no_member() returns trigger language plpgsql as $$
      begin raise exception 'a member needs an invitation'; end $$;
      create trigger no_member before insert on auth.users
        for each row execute function public.no_member();`,
  });
  const lines = await addDemoData(stack.dbUrl);
  assert.match(lines[1] ?? "", /^No member was added.* a member needs an invitation/);
  assert.deepEqual([(await read(stack, SLUGS)).length, await read(stack, MEMBERS)], [4, []]);
});

Deno.test("the stand-in sells the prices that an app maps, and says which", async () => {
  await using stack = await startApp({
    "seed.sql": `
      insert into public.modules (slug, title) values ('course', 'Course');
      insert into public.module_prices (stripe_price_id, module_id)
      select 'price_course', id from public.modules;`,
  });
  assert.match((await addAppPrices(stack)).join(), /sells price_course at a made-up amount/);
  const { store } = stack.stripe;
  const { product } = store.find("price", "price_course")!;
  assert.equal(store.find("product", product)?.name, "Course");
  assert.deepEqual(await addAppPrices(stack), []);
});

Deno.test("an app with members of its own gets no others", async () => {
  await using stack = await startApp({
    "seed.sql":
      "insert into auth.users (id, email) values (gen_random_uuid(), 'zoe@school.example');",
  });
  assert.equal((await addDemoData(stack.dbUrl)).length, 2);
  assert.deepEqual(await read(stack, MEMBERS), ["zoe@school.example"]);
});
