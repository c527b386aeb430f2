/** The parts of an end-to-end test: one stack for each file, its members, and the database. */

import { type AuthResponse, createClient, type SupabaseClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { commandEnv } from "../../local/command_env.ts";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";
import { PUBLIC } from "../../cli/project/schema_name.ts";
import { PAGES } from "../../pages/pages.ts";
import { chosenSchema } from "../schema/chosen_schema.ts";
import { projectInSchema } from "../schema/project_in_schema.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

/** The exposed schema of every stage. */
const SCHEMA = chosenSchema();

const SUPABASE = new URL("../../supabase/", import.meta.url);

/** The browser of a signed-in member or of an anonymous visitor. */
export interface Persona {
  /** The member's id; null: not signed in. */
  id: string | null;
  client: SupabaseClient;
  /** The headers of a request made by hand. */
  headers: Record<string, string>;
}

export type Member = Persona & { id: string };

export interface Stage {
  stack: Stack;
  /** The schema with Sesame's tables and functions. */
  schema: string;
  /** The folder of its functions, with its last slash. */
  functions: URL;
  /** The database as its owner, with the private schema. */
  sql: postgres.Sql;
  /** The database as the webhook's own role, for `SESAME_DB_URL`. */
  webhookUrl: string;
  ada: Member;
  bob: Member;
  anon: Persona;
  /** `modules.id` of StableDiffusion, as metadata of Stripe would carry it. */
  moduleId: string;
}

/** Opens the stage of a test file, in about two seconds; it is closed after the last of its tests. */
export async function openStage(options: StackOptions = {}): Promise<Stage> {
  const project = SCHEMA === PUBLIC ? null : await projectInSchema(SCHEMA);
  const place = project === null ? {} : { project: project.url, schema: SCHEMA };
  const stack = await startStack({ durable: false, pages: PAGES, ...place, ...options });
  const sql = sqlInSchema(postgres(stack.dbUrl, { max: 4, onnotice: () => {} }), SCHEMA);
  Deno.test.afterAll(async () => {
    await sql.end({ timeout: 1 });
    await stack.stop();
    await project?.[Symbol.asyncDispose]();
  });
  const [module] = await sql`select id::text from public.modules where slug = 'stable-diffusion'`;
  return {
    stack,
    schema: SCHEMA,
    functions: new URL("functions/", project?.url ?? SUPABASE),
    sql,
    webhookUrl: await openDirectDoor(stack, sql),
    ada: await signIn(stack, "ada@example.com"),
    bob: await signIn(stack, "bob@example.com"),
    anon: { id: null, client: connect(stack), headers: { apikey: stack.publishableKey } },
    moduleId: module?.id,
  };
}

/** The environment with which a tool reaches the stack, as in a file for `--env-file`. */
export function environmentOf(stack: Stack): Record<string, string> {
  return {
    ...commandEnv(stack),
    ...SCHEMA === PUBLIC ? {} : { SESAME_SCHEMA: SCHEMA },
  };
}

/** What an operator does once: the role comes without a password and cannot log in. */
async function openDirectDoor({ dbUrl }: Stack, sql: postgres.Sql): Promise<string> {
  await sql`alter role sesame_webhook login password 'open-sesame'`;
  const url = new URL(dbUrl);
  url.username = "sesame_webhook";
  url.password = "open-sesame";
  return url.href;
}

/** A member who has just signed up and has no purchase. */
export function newMember(
  stack: Stack,
  email = `${crypto.randomUUID()}@example.com`,
): Promise<Member> {
  const credentials = { email, password: "open sesame" };
  return enter(stack, ({ auth }) => auth.signUp(credentials));
}

/** Signs in one of the members of the seed. */
function signIn(stack: Stack, email: string): Promise<Member> {
  const credentials = { email, password: "open sesame" };
  return enter(stack, ({ auth }) => auth.signInWithPassword(credentials));
}

async function enter(
  stack: Stack,
  how: (client: SupabaseClient) => Promise<AuthResponse>,
): Promise<Member> {
  const client = connect(stack);
  const { data, error } = await how(client);
  if (data.session === null || data.user === null) throw new Error(error?.message);
  const authorization = `Bearer ${data.session.access_token}`;
  return { id: data.user.id, client, headers: { apikey: stack.publishableKey, authorization } };
}

function connect({ apiUrl, publishableKey }: Stack): SupabaseClient {
  return createClient(apiUrl, publishableKey, {
    db: { schema: SCHEMA as typeof PUBLIC },
    auth: { persistSession: false, autoRefreshToken: false },
  });
}

/** The slugs of the modules that are open to this persona now, as a browser reads them. */
export async function openModules({ client }: Persona): Promise<string[]> {
  const { data, error } = await client.from("my_modules").select("slug").eq("status", "active");
  if (error !== null) throw new Error(`${error.code} ${error.message}`);
  return data.map(({ slug }) => slug).sort();
}
