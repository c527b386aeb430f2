/** Commands that fix several codes. */

/** Maps a price to a module. */
export const MAP = "insert into public.module_prices (stripe_price_id, module_id) " +
  "select '<price id>', id from public.modules where slug = '<module>'";

/** Marks a price as opening nothing. */
export const MARK =
  "select * from remap_price('<price id>', null, null, '<you>', 'opens nothing on purpose')";

/** Moves a purchase to another user. */
export function move(why: string): string {
  return `select move_purchase('<source id>', '<user id>', '<you>', '${why}')`;
}
