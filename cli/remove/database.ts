/** What a removal finds in a database, where one is named. Nothing is changed there. */

import postgres from "postgres";
import { withDatabase } from "../../local/with_database.ts";
import type { Source } from "../../supabase/functions/_shared/env.ts";
import { databaseUrlOf } from "../environment.ts";
import { type CatalogueFact, readCatalogue } from "../catalogue/catalogue.ts";
import { expectedCatalogue } from "../doctor/expected_catalogue.ts";
import { CRON_JOBS } from "../project/cron_jobs.ts";
import { hasSesame } from "../project/database.ts";
import { bookFolder } from "../project/release.ts";
import { checkSql } from "./removal_sql.ts";

export interface DatabaseFindings {
  /** While these are there, the migration changes nothing. */
  inTheWay: string[];
  /** Objects of the user's on Sesame's tables or in schema sesame: they go with them. */
  goAlong: string[];
  /** What the migration leaves, and what fails then. */
  stays: string[];
}

/** Null: no database is named, or it does not have Sesame. */
export async function examineRemoval(
  source: Source,
  schema: string,
): Promise<DatabaseFindings | null> {
  const dbUrl = databaseUrlOf(source);
  if (dbUrl === null) return null;
  return await withDatabase(dbUrl, async (sql) => {
    if (!await hasSesame(sql)) return null;
    return {
      inTheWay: await inTheWay(sql, schema),
      goAlong: await goAlong(dbUrl, schema),
      stays: [...await ownJobs(sql), ...await webhookRole(sql)],
    };
  });
}

/** The list with which the migration would be refused. Its check only reads. */
async function inTheWay(sql: postgres.Sql, schema: string): Promise<string[]> {
  const check = await checkSql(schema);
  try {
    await sql.begin("read only", (transaction) => transaction.unsafe(check).simple());
    return [];
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== "SE010") throw error;
    const lines = error.detail ?? [error.message, error.hint].join(". ");
    return lines.split("\n").map((line) => line.replace(/^- /, ""));
  }
}

/** Kinds of objects that a table takes along. */
const PARTS: ReadonlySet<string> = new Set(["column", "index", "constraint", "trigger", "policy"]);

/** By name: what a fresh installation does not have on these tables, or in schema sesame. */
async function goAlong(dbUrl: string, schema: string): Promise<string[]> {
  const expected = await expectedCatalogue(await bookFolder(schema));
  const ours = new Set(expected.map(titleOf));
  const tables = expected.filter(({ kind }) => kind === "row level security")
    .map(({ name }) => name);
  const isPart = (fact: CatalogueFact) =>
    PARTS.has(fact.kind) && tables.includes(tableOf(fact)) || isInside(fact);
  const theirs = (await readCatalogue(dbUrl)).filter((fact) =>
    isPart(fact) && !ours.has(titleOf(fact))
  );
  return theirs.map(titleOf).sort();
}

/** A table, view or function in schema sesame. An index is a relation too, and its table is enough. */
function isInside({ kind, name, fact }: CatalogueFact): boolean {
  const isNamed = kind === "function" || kind === "relation" && !/^i /i.test(fact);
  return isNamed && name.startsWith("sesame.");
}

function titleOf({ kind, name }: CatalogueFact): string {
  return `${kind} ${name}`;
}

/** The names are written as `catalogue.sql` writes them. */
function tableOf({ kind, name, fact }: CatalogueFact): string {
  switch (kind) {
    case "index":
      return / ON (?:ONLY )?(?:public\.)?(\S+) /.exec(fact)?.[1] ?? "";
    case "column":
      return name.slice(0, name.lastIndexOf("."));
    default:
      return name.split(" ")[0] ?? "";
  }
}

async function ownJobs(sql: postgres.Sql): Promise<string[]> {
  const [cron] = await sql`select to_regclass('cron.job') is not null as it`;
  if (cron?.it !== true) return [];
  const jobs = await sql`
    select jobname, jobid from cron.job
    where coalesce(jobname, '') <> all (${CRON_JOBS})
      and command ~ '\\msesame[._]|/functions/v1/[a-z-]*(reconcile|stripe-webhook)'
    order by jobid`;
  return jobs.map(({ jobname, jobid }) =>
    `Your job ${
      jobname ?? jobid
    } of pg_cron uses Sesame, and fails then: select cron.unschedule(${jobid});`
  );
}

async function webhookRole(sql: postgres.Sql): Promise<string[]> {
  const [role] = await sql`
    select exists (
      select from pg_catalog.pg_shdepend
      where refclassid = 'pg_authid'::regclass and refobjid = to_regrole('sesame_webhook')
        and dbid <> (select oid from pg_database where datname = current_database())
    ) as is_used`;
  return role?.is_used === true ? [ROLE_STAYS] : [];
}

const ROLE_STAYS =
  "Another database uses the role sesame_webhook, so the role stays, with its password if it has one. " +
  "Where nobody uses it any more: drop role sesame_webhook;";
