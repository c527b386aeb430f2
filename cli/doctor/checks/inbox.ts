import type { Way } from "../../../diagnosis/cause.ts";
import { causeOf, codesIn } from "../../../diagnosis/codes.ts";
import { EXAMINED } from "../../../diagnosis/codes/examined.ts";
import type { Check, Finding } from "../check.ts";
import { counted } from "../counted.ts";
import { examine, type Problem } from "../examine.ts";

export const check: Check = {
  title: "every paid module is open, nothing else is open, and no event, purchase or token waits",
  codes: codesIn(EXAMINED),
  needs: [],
  look: async (project) => (await examine(project)).map(findingOf),
};

/** The plans that `--fix` prints. */
const PLANS: Partial<Record<Way, string>> = {
  reconcile: "apply waiting and failed events, and read missing objects from Stripe",
  refold: "derive grants and access again",
};

function findingOf({ code, found, examples, known }: Problem): Finding {
  const { fixedBy, counts = "event" } = causeOf(code);
  const plan = fixedBy === null ? {} : { plan: PLANS[fixedBy] ?? "" };
  if (counts === "access") {
    const members = new Set(examples.map((example) => example.split(" ")[0]));
    const about = `${counted(found, "access", "accesses")} of ${counted(members.size, "member")}`;
    return { code, about, each: examples, ofMembers: true, ...plan };
  }
  const [only] = examples;
  return examples.length === 1 && only !== undefined
    ? { code, about: only, known, ...plan }
    : { code, about: counted(found, counts), each: examples, known, ...plan };
}
