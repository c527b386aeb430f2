/** What a developer asked for, and who and what that is in the database. */

import postgres from "postgres";
import { Complaint } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";

/** The command line of `deno task stripe`, read. */
export interface Wish {
  /** Id or e-mail of the member. */
  user: string;
  /** Slug of the module. */
  module: string;
  /** Which purchase of the same by the same. */
  number: number;
  /** A price instead of the module. */
  price?: string;
  /** In the currency's smallest unit. */
  amount?: number;
  /** Of the object: `past_due`, `pending`, `unpaid`, … */
  status?: string;
  /** Of the event. */
  id?: string;
}

/** The rows behind it. */
export interface Buyer {
  userId: string;
  /** `modules.id` as text. */
  moduleId: string;
  /** The price asked for, else one of the module's; null where it has none. */
  priceId: string | null;
}

/**
 * Finds member, module and price in the database.
 *
 * @throws Complaint naming what does not exist, or the database that does not answer
 */
export async function findBuyer(dbUrl: string, wish: Wish): Promise<Buyer> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const [user] = await sql`
      select id from auth.users where id::text = ${wish.user} or email = ${wish.user}`;
    if (user === undefined) throw new Complaint(`no such member: ${wish.user}`);
    const [module] = await sql`select id from public.modules where slug = ${wish.module}`;
    if (module === undefined) throw new Complaint(`no such module: ${wish.module}`);
    const [price] = await sql`
      select stripe_price_id from public.module_prices
      where module_id = ${module.id} order by stripe_price_id limit 1`;
    return {
      userId: user.id,
      moduleId: String(module.id),
      priceId: wish.price ?? price?.stripe_price_id ?? null,
    };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
    throw new Complaint(
      `the stack's database does not answer: start the stack with ${task("dev")}`,
    );
  } finally {
    await sql.end();
  }
}
