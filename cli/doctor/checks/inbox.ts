import type { Check, Finding } from "../check.ts";
import { counted } from "../counted.ts";
import { examine, type Problem, refold } from "../examine.ts";
import { reconcile } from "../reconcile.ts";
import type { Project } from "../project.ts";

/** What is fixed here, and the plan that is shown before it. */
const PLANS: Record<string, string> = {
  event_failed: "replay what failed",
  fetch_pending: "read it from Stripe",
  subscription_missing: "read it from Stripe",
  grants_stale: "derive all grants again",
  access_missing: "derive access again",
  access_unpaid: "derive access again",
  access_stale: "derive access again",
};

const REFOLDED = ["grants_stale", "access_missing", "access_unpaid", "access_stale"];

/** What is counted, where it is not an event. */
const NOUNS: Record<string, string> = {
  fetch_pending: "object",
  grants_stale: "purchase",
  subscription_missing: "subscription",
  price_unmapped: "price",
  module_unknown: "purchase",
  price_recurs: "invoice",
  paid_after_end: "invoice",
  user_unreadable: "purchase",
  buyer_unknown: "purchase",
  user_unknown: "purchase",
  token_waits: "token",
};

/** The worst first, and a cause before what it explains. */
const ORDER = [
  "event_failed",
  "grants_stale",
  "access_missing",
  "access_unpaid",
  "access_stale",
  "subscription_missing",
  "price_unmapped",
  "module_unknown",
  "price_recurs",
  "user_unreadable",
];

/** What only Stripe knows, or has to send again. */
const READ = ["event_failed", "fetch_pending", "subscription_missing"];

export const inbox: Check = {
  title: "everything paid is open, nothing else is, and nothing waits",
  needs: [],
  async look(project) {
    return (await examine(project)).sort((one, other) => rank(one) - rank(other)).map(findingOf);
  },
  async fix(project, findings) {
    const codes = new Set(findings.map(({ code }) => code));
    return [
      ...READ.some((code) => codes.has(code)) ? [await reconcile(project)] : [],
      ...REFOLDED.some((code) => codes.has(code)) ? [await deriveAgain(project)] : [],
    ];
  },
};

function findingOf({ code, found, examples, known }: Problem): Finding {
  const plan = PLANS[code] === undefined ? {} : { plan: PLANS[code] };
  if (code.startsWith("access_")) {
    const members = new Set(examples.map((example) => example.split(" ")[0]));
    const about = `${counted(found, "access", "accesses")} of ${counted(members.size, "member")}`;
    return { code, about, each: examples, ofMembers: true, ...plan };
  }
  const [only] = examples;
  return examples.length === 1 && only !== undefined
    ? { code, about: only, known, ...plan }
    : { code, about: counted(found, NOUNS[code] ?? "event"), each: examples, known, ...plan };
}

function rank({ code }: Problem): number {
  const place = ORDER.indexOf(code);
  return place === -1 ? ORDER.length : place;
}

async function deriveAgain(project: Project): Promise<string> {
  const changed = await refold(project);
  return `derived grants and access again: that changed ${counted(changed, "access", "accesses")}`;
}
