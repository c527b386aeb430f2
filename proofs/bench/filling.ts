/** Fills a database like one that has been used for years. */

import { createHash } from "node:crypto";
import postgres from "postgres";
import { ask } from "../../cli/catalogue/catalogue.ts";

/** Stores this many accesses with their facts and events, without statistics, as after a restore. */
export async function restore(dbUrl: string, rows: number): Promise<void> {
  const script = await Deno.readTextFile(new URL("./filling.sql", import.meta.url));
  const statements = script.replaceAll(":rows", String(Math.floor(rows))).split(/;$/m);
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    for (const statement of statements) await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/** The same with up-to-date statistics; as superuser. */
export async function fill(dbUrl: string, rows: number): Promise<void> {
  await restore(dbUrl, rows);
  await ask(dbUrl, "vacuum analyze");
}

/** The user behind the numbered access, 1 to the number of rows. */
export function memberId(number: number): string {
  return md5(`member ${number}`).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What follows the prefix in the ids of a member's objects at Stripe. */
export function idDigits(number: number): string {
  return `${String(number).padStart(9, "0")}accounts${md5(`id ${number}`).slice(0, 7)}`;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
