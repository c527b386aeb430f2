/** The fold, busy with another transaction. */

import type postgres from "postgres";

/** Holds the lock of the fold until the returned function is called. */
export async function holdFold(sql: postgres.Sql): Promise<() => Promise<void>> {
  const busy = await sql.reserve();
  await busy`begin`;
  await busy`select sesame.lock_fold()`;
  return async () => {
    await busy`rollback`;
    busy.release();
  };
}

/** Acts while another transaction holds the lock of the fold. */
export async function whileBusy<Result>(
  sql: postgres.Sql,
  act: () => Promise<Result>,
): Promise<Result> {
  const release = await holdFold(sql);
  try {
    return await act();
  } finally {
    await release();
  }
}
