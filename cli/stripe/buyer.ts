/** The member, the module and the price in the database that an event is about. */

import postgres from "postgres";
import { Complaint } from "../../local/terminal.ts";
import { task } from "../../diagnosis/task_command.ts";

/** The options of `stripe` that shape the event. */
export interface EventOptions {
  /** Id or e-mail of the member. */
  user: string;
  /** Slug of the module. */
  module: string;
  /** Which purchase of the same module by the same user. */
  number: number;
  /** A price instead of the module. */
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
export async function findBuyer(dbUrl: string, options: EventOptions): Promise<Buyer> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    const [user] = await sql`
      select id from auth.users where id::text = ${options.user} or email = ${options.user}`;
    if (user === undefined) throw new Complaint(`no such member: ${options.user}`);
    const [module] = await sql`select id from public.modules where slug = ${options.module}`;
    if (module === undefined) throw new Complaint(`no such module: ${options.module}`);
    const [price] = await sql`
      select stripe_price_id from public.module_prices
      where module_id = ${module.id} order by stripe_price_id limit 1`;
    return {
      userId: user.id,
      moduleId: String(module.id),
      priceId: options.price ?? price?.stripe_price_id ?? null,
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
