import { deliver, event, newId } from "../../../stripe/events.ts";
import { type Check, type Finding, WEBHOOK_SECRET } from "../check.ts";
import { type Project, webhookUrl } from "../project.ts";

/** No event of Stripe has this type. It is stored in the inbox and opens nothing. */
const TYPE = "sesame.doctor";

export const check: Check = {
  title: "the webhook accepts a signed event and stores it in the inbox",
  codes: ["secret_differs", "mode_differs", "webhook_failing"],
  needs: [WEBHOOK_SECRET],
  async look(project) {
    const object = { id: newId("doctor"), object: TYPE };
    const livemode = project.stripe?.livemode ?? false;
    const response = await deliver(
      webhookUrl(project),
      project.webhookSecret ?? "",
      event(TYPE, object, { livemode }),
    );
    return findingOf(response.status, await bodyOf(response), project);
  },
  async fix(project) {
    await project.setSecrets?.({ STRIPE_WEBHOOK_SECRET: project.webhookSecret ?? "" });
    return ["set STRIPE_WEBHOOK_SECRET to the secret given here"];
  },
};

/** The function's answer; empty if something else answered. */
async function bodyOf(response: Response): Promise<{ code?: string; outcome?: string }> {
  return await response.json().catch(() => ({}));
}

function findingOf(
  status: number,
  { code, outcome }: { code?: string; outcome?: string },
  { setSecrets, stripe }: Project,
): Finding[] {
  if (status === 200 && outcome === "ignored") return [];
  if (status === 200) {
    const about = `an event of ${stripe?.livemode === true ? "live" : "test"} mode is ${outcome}`;
    return [{ code: "mode_differs", about }];
  }
  if (code === "bad_signature") {
    const plan = setSecrets === null ? {} : { plan: "set STRIPE_WEBHOOK_SECRET as given here" };
    return [{ code: "secret_differs", about: "STRIPE_WEBHOOK_SECRET", ...plan }];
  }
  return [{ code: "webhook_failing", about: `${status} ${code ?? "and not from the function"}` }];
}
