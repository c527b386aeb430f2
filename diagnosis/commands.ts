/** Commands that fix several codes. */

/** Maps a price to a module. */
export const MAP = "insert into public.module_prices (stripe_price_id, module_id) " +
  "select '<price id>', id from public.modules where slug = '<module>'";

/** Marks a price as opening nothing. */
export const MARK =
  "select * from public.remap_price('<price id>', null, null, '<you>', 'opens nothing on purpose')";

/** Moves a purchase to another user. */
export function move(why: string): string {
  return `select public.move_purchase('<source id>', '<user id>', '<you>', '${why}')`;
}

/** Stands for the file that names a project, until `--env-file` says which one. */
export const PROJECT_FILE = "production.env";

/** Sets the functions' secrets from a file. */
export function setSecrets(names: string): string {
  const file = "secrets.env";
  return afterPutting(names, file, `npx supabase@3.1.0 secrets set --env-file ${file}`);
}

export function isRemark(line: string): boolean {
  return line.startsWith("# ");
}

/** A command with a remark above it. At the end of the line, cmd.exe would take a remark for arguments. */
export function afterPutting(names: string, file: string, command: string): string {
  return `# First put ${names} into ${file}.\n${command}`;
}
