import type { CallRpc } from "../_shared/data_api.ts";
import { type JsonObject, record } from "../_shared/facts/json.ts";
import { Refusal } from "../_shared/problem.ts";

/** The rows that a function of the database answers. */
export async function rowsOf(call: CallRpc, name: string, args: unknown): Promise<JsonObject[]> {
  const rows = await call(name, JSON.stringify(args));
  if (!Array.isArray(rows)) throw new Refusal("internal", { reason: "incomplete_answer" });
  return rows.map(record).filter((row) => row !== null);
}
