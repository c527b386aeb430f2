/** The member, the module and the price in the database that an event is about. */

import type postgres from "postgres";
import { withDatabase } from "../../local/with_database.ts";
import { UserError } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";

/** The options of `stripe` that shape the event. */
export interface EventOptions {
  /** Id or e-mail of the member; without it, Ada of the demo data or the first member. */
  user?: string | undefined;
  /** Slug of the module; without it, the first of the demo data or of the app's. */
  module?: string | undefined;
  /** Distinguishes several purchases of the same module by the same user. */
  number: number;
  /** A price, which says what is bought in place of the module. */
  price?: string | undefined;
  /** In the currency's smallest unit. */
  amount?: number | undefined;
  /** Of the object: `past_due`, `pending`, `unpaid`, … */
  status?: string | undefined;
  /** Of the event. */
  id?: string | undefined;
}

/** The ids of their rows. */
export interface Buyer {
  userId: string;
  /** `modules.id` as text; null if the price opens several modules, or none. */
  moduleId: string | null;
  /** The module's slug; null where moduleId is. */
  slug: string | null;
  /** The price asked for, otherwise one of the module's; null if it has none. */
  priceId: string | null;
}

/**
 * Finds member, module and price in the database.
 *
 * @throws UserError naming what does not exist, or the database that does not answer
 */
export async function findBuyer(
  dbUrl: string,
  schema: string,
  options: EventOptions,
): Promise<Buyer> {
  try {
    return await withDatabase(dbUrl, async (sql) => {
      const userId = await findMember(sql, options.user);
      const sold = options.price === undefined
        ? await soldByModule(sql, schema, options.module)
        : await soldByPrice(sql, schema, options.price);
      return { userId, ...sold };
    });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
    throw new UserError(
      `the stack's database does not answer: start the stack with ${task("dev")}`,
    );
  }
}

async function findMember(sql: postgres.Sql, named: string | undefined): Promise<string> {
  const [user] = named === undefined
    ? await sql`
        select id from auth.users
        order by coalesce(email, '') <> 'ada@example.com', created_at, id limit 1`
    : await sql`select id from auth.users where id::text = ${named} or email = ${named}`;
  if (user !== undefined) return user.id;
  if (named === undefined) throw new UserError("There is no member yet: sign up on a page first.");
  const rows = await sql`
    select email from auth.users where email is not null order by created_at, id limit 5`;
  throw new UserError(`There is no member ${named}. ${listOf(rows.map(({ email }) => email))}`);
}

type Sold = Omit<Buyer, "userId">;

async function soldByModule(
  sql: postgres.Sql,
  schema: string,
  named: string | undefined,
): Promise<Sold> {
  const modules = await sql`
    select id, slug from ${sql(schema)}.modules
    order by slug <> 'stable-diffusion', is_free, id`;
  const module = named === undefined ? modules[0] : modules.find(({ slug }) => slug === named);
  if (module === undefined) {
    const slugs = listOf(modules.map(({ slug }) => slug));
    throw new UserError(`There is no module${named === undefined ? "" : ` ${named}`}. ${slugs}`);
  }
  const [price] = await sql`
    select stripe_price_id from ${sql(schema)}.module_prices
    where module_id = ${module.id} order by stripe_price_id limit 1`;
  return {
    moduleId: String(module.id),
    slug: module.slug,
    priceId: price?.stripe_price_id ?? null,
  };
}

function listOf(names: string[]): string {
  return names.length === 0 ? "The database has none." : `The database has ${names.join(", ")}.`;
}

/** Like `checkout`, it names the module only if the price opens no other. */
async function soldByPrice(sql: postgres.Sql, schema: string, priceId: string): Promise<Sold> {
  const modules = await sql`
    select module_id, slug from ${sql(schema)}.module_prices
    join ${sql(schema)}.modules on modules.id = module_id where stripe_price_id = ${priceId}`;
  const [only] = modules.length === 1 ? modules : [];
  const moduleId = only === undefined ? null : String(only.module_id);
  return { moduleId, slug: only?.slug ?? null, priceId };
}
