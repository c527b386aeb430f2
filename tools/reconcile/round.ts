/** A whole round of `reconcile`, call after call, until there is no more. */

/** What each part of a round came to. */
export type Report = Record<"missed" | "failed" | "pending", { done: number; failed: number }>;

interface Answer extends Partial<Report> {
  next: { part: keyof Report; after: string } | null;
}

/** Which project, and how much of Stripe's last thirty days. */
export interface Wish {
  functionsUrl: string;
  secretKey: string;
  /** True: every event that is not here, and not only those that Stripe knows it could not deliver. */
  all: boolean;
}

/** How often a call is made again that found somebody busy. */
const ATTEMPTS = 5;

/** Runs a round; `tell` hears what came so far. Throws where the function refuses. */
export async function runRound(wish: Wish, tell: (report: Report) => void): Promise<Report> {
  const report: Report = {
    missed: { done: 0, failed: 0 },
    failed: { done: 0, failed: 0 },
    pending: { done: 0, failed: 0 },
  };
  let next: Answer["next"] | undefined;
  while (next !== null) {
    const answer = await call(wish, next);
    for (const part of ["missed", "failed", "pending"] as const) {
      report[part].done += answer[part]?.done ?? 0;
      report[part].failed += answer[part]?.failed ?? 0;
    }
    next = answer.next;
    tell(report);
  }
  return report;
}

async function call(
  { functionsUrl, secretKey, all }: Wish,
  next: Answer["next"] | undefined,
  left = ATTEMPTS,
): Promise<Answer> {
  const response = await fetch(`${functionsUrl}/reconcile`, {
    method: "POST",
    headers: { apikey: secretKey, "content-type": "application/json" },
    body: JSON.stringify({ all, next }),
  });
  if (response.ok) return await response.json();
  const text = await response.text();
  if (response.status !== 503 || left <= 1) {
    throw new Error(`reconcile: ${response.status} ${text}`);
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return await call({ functionsUrl, secretKey, all }, next, left - 1);
}
