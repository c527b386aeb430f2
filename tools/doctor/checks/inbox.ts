import type { Check, Finding } from "../check.ts";
import { examine, type Trouble } from "../examine.ts";
import { reconcile } from "../reconcile.ts";
import type { Project } from "../project.ts";

/** What is mended here, and how it is told beforehand. */
const PLANS: Record<string, string> = {
  event_failed: "replay what failed",
  fetch_pending: "read it from Stripe",
  grants_stale: "derive all grants again",
  access_missing: "derive access again",
  access_unpaid: "derive access again",
  access_stale: "derive access again",
};

const REFOLDED = ["grants_stale", "access_missing", "access_unpaid", "access_stale"];

/** The gravest first, and what explains others before them. */
const ORDER = [
  "event_failed",
  "grants_stale",
  "access_missing",
  "access_unpaid",
  "access_stale",
  "price_unmapped",
  "module_unknown",
];

export const inbox: Check = {
  title: "everything paid is open, nothing else is, and nothing waits for anybody",
  needs: [],
  async look(project) {
    const { troubles } = await examine(project);
    return troubles.sort((one, other) => rank(one) - rank(other)).map(findingOf);
  },
  async mend(project, findings) {
    const codes = new Set(findings.map(({ code }) => code));
    return [
      ...codes.has("event_failed") || codes.has("fetch_pending") ? [await reconcile(project)] : [],
      ...REFOLDED.some((code) => codes.has(code)) ? [await refold(project)] : [],
    ];
  },
};

function findingOf({ code, found, examples }: Trouble): Finding {
  const more = found > examples.length ? `, and ${found - examples.length} more` : "";
  const plan = PLANS[code];
  return {
    code,
    about: `${examples.join(", ")}${more}`,
    ...plan === undefined ? {} : { plan },
  };
}

function rank({ code }: Trouble): number {
  const place = ORDER.indexOf(code);
  return place === -1 ? ORDER.length : place;
}

async function refold({ call }: Project): Promise<string> {
  const members = await call("sesame_refold", "{}");
  return `derived access again: it had parted from what was paid for ${members} member(s)`;
}
