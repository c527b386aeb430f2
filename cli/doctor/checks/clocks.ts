import type { Check, Finding } from "../check.ts";
import { databaseClock } from "../examine.ts";
import { type Project, webhookUrl } from "../project.ts";

/** By how many seconds two clocks may differ. A signature is valid for 300. */
const TOLERANCE = 60;

export const check: Check = {
  title: "all clocks show the same time",
  codes: ["clock_skew"],
  needs: [],
  async look(project) {
    const readings = (await Promise.all([
      reading("the functions", () => dateOf(webhookUrl(project))),
      reading("Stripe", () => stripeDate(project)),
      reading("Postgres", () => databaseDate(project)),
    ])).filter(({ ahead }) => ahead !== null);
    return readings.filter(({ ahead }) => Math.abs(ahead ?? 0) > TOLERANCE).map(findingOf);
  },
};

/** Seconds by which a clock is ahead of this machine's; null: it could not be read. */
interface Reading {
  owner: string;
  ahead: number | null;
}

async function reading(owner: string, ask: () => Promise<number | null>): Promise<Reading> {
  const asked = Date.now();
  const time = await ask();
  const middle = (asked + Date.now()) / 2;
  return { owner, ahead: time === null ? null : Math.round((time - middle) / 1_000) };
}

function findingOf({ owner, ahead }: Reading): Finding {
  return { code: "clock_skew", about: `${owner}: ${ahead} s from this machine` };
}

async function stripeDate({ stripe }: Project): Promise<number | null> {
  if (stripe === null) return null;
  const authorization = `Bearer ${stripe.key}`;
  return await dateOf(`${stripe.origin}/v1/webhook_endpoints?limit=1`, { authorization });
}

async function dateOf(url: string, headers: Record<string, string> = {}): Promise<number | null> {
  const response = await fetch(url, { headers, redirect: "error" });
  await response.body?.cancel();
  return Date.parse(response.headers.get("date") ?? "") || null;
}

/** If the database does not answer, another check reports it. */
async function databaseDate(project: Project): Promise<number | null> {
  return await databaseClock(project).catch(() => null);
}
