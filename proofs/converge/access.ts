import type postgres from "postgres";
import { at } from "./stripe/clock.ts";

/** The stored access of one user to one module; times in Unix seconds. */
export interface AccessRow {
  userId: string;
  module: string;
  isActive: boolean;
  expiresAt: number | null;
  reason: string;
  /** From `expiresAt` on. */
  reasonAfter: string;
}

/** The access of these users, as the database has it. */
export async function readAccess(sql: postgres.Sql, userIds: string[]): Promise<AccessRow[]> {
  return await sql<AccessRow[]>`
    select
      access.user_id as "userId", module.slug as "module", access.is_active as "isActive",
      extract(epoch from access.expires_at)::float8 as "expiresAt",
      access.metadata ->> 'reason' as "reason", access.metadata ->> 'reason_after' as "reasonAfter"
    from public.module_access as access
    join public.modules as module on module.id = access.module_id
    where access.user_id = any (${userIds}::uuid[])`;
}

/** The users among these who have any open module. */
export async function findActive(sql: postgres.Sql, userIds: string[]): Promise<Set<string>> {
  const rows = await sql<{ user_id: string }[]>`
    select user_id from public.module_access
    where user_id = any (${userIds}::uuid[]) and is_active`;
  return new Set(rows.map(({ user_id }) => user_id));
}

/** Whether a row opens its module on that day, and why (not). */
export function stateOn(day: number, row: AccessRow): { isOpen: boolean; reason: string } {
  const hasPassed = row.expiresAt !== null && at(day) >= row.expiresAt;
  return { isOpen: row.isActive && !hasPassed, reason: hasPassed ? row.reasonAfter : row.reason };
}
