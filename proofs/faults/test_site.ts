/** The project that faults break: a whole stack, from a copy of `supabase/` so that files can be removed too. */

import { fileURLToPath, pathToFileURL } from "node:url";
import postgres from "postgres";
import { commandEnv } from "../../local/command_env.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { platformEnv } from "../../local/functions_env.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import { type Project, webhookUrl } from "../../cli/doctor/project.ts";
import {
  checkoutSessionCompleted,
  deliver,
  newPurchase,
  NO_LINES,
  type Purchase,
  type StripeEvent,
} from "../../stripe/events.ts";
import { type Member, newMember } from "../e2e/stage.ts";

export interface TestSite extends AsyncDisposable {
  stack: Stack;
  sql: postgres.Sql;
  project: Project;
  /** The copy of `supabase/`, with its last slash. */
  folder: URL;
  /** `modules.id` of StableDiffusion. */
  moduleId: string;
  /** A member who paid for StableDiffusion, and must have it while all is well. */
  owner: Member;
  /** Changes the functions' environment and boots them again; undefined: as it was. */
  set(changes: Record<string, string | undefined>): Promise<void>;
  /** A delivery from Stripe to the webhook; answers its status. */
  send(event: StripeEvent): Promise<number>;
  /** A new member buys StableDiffusion; `fields` override those of the session. */
  sale(fields?: Record<string, unknown>): Promise<Sale>;
}

export interface Sale {
  buyer: Member;
  purchase: Purchase;
  event: StripeEvent;
}

const SUPABASE = new URL("../../supabase/", import.meta.url);

export async function openTestSite(): Promise<TestSite> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(await copyProject(), removeProject);
  const env: Record<string, string> = {};
  const stack = opened.use(await startStack({ durable: false, project: folder, env }));
  const sql = opened.adopt(
    postgres(stack.dbUrl, { max: 2, onnotice: () => {} }),
    (sql) => sql.end({ timeout: 1 }),
  );
  const [module] = await sql`select id::text from public.modules where slug = 'stable-diffusion'`;
  const moduleId: string = module?.id;
  const set = async (changes: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    await stack.functions?.reload();
  };
  const project = await projectOf(stack, env, set);
  const send = async (event: StripeEvent) => {
    // Not the stack's secret: a fix that creates an endpoint changes it.
    const response = await deliver(webhookUrl(project), project.webhookSecret ?? "", event);
    await response.body?.cancel();
    if (response.status === 400) {
      throw new Error("the webhook refused a delivery without examining it");
    }
    return response.status;
  };
  const sale = async (fields: Record<string, unknown> = {}) => {
    const buyer = await newMember(stack);
    const purchase = newPurchase({ userId: buyer.id, moduleId });
    const event = checkoutSessionCompleted(purchase, { ...NO_LINES, ...fields });
    return { buyer, purchase, event };
  };
  const { buyer: owner, event } = await sale();
  await send(event);
  const held = opened.move();
  return {
    ...{ stack, sql, project, folder, moduleId, owner, set, send, sale },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** As an operator with all the keys opens it. */
async function projectOf(
  stack: Stack,
  env: Record<string, string>,
  set: TestSite["set"],
): Promise<Project> {
  const known = commandEnv(stack);
  return {
    ...await openProject((name) => known[name]),
    setSecrets: set,
    patience: 0,
    get settings() {
      return { ...platformEnv(stack.apiUrl, stack.dbUrl, stack, stack.stripe.url), ...env };
    },
  };
}

async function copyProject(): Promise<URL> {
  const root = await Deno.makeTempDir({ prefix: "sesame-faults-" });
  await copyFolder(fileURLToPath(SUPABASE), `${root}/supabase`);
  return pathToFileURL(`${root}/supabase/`);
}

async function removeProject(folder: URL): Promise<void> {
  await Deno.remove(new URL("../", folder), { recursive: true });
}

/** Without files of the developer's running stack. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    if (name === ".temp" || name === ".env" || name === "node_modules" || isSymlink) continue;
    const copy = isDirectory ? copyFolder : Deno.copyFile;
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}
