import type { Check } from "../check.ts";

export const check: Check = {
  title: "events from Stripe arrive as often as usual",
  codes: ["webhook_silent"],
  needs: [],
  async look({ call }) {
    const health = await call("sesame_webhook_health", "{}") as Health;
    return health.troubles.includes("silence")
      ? [{ code: "webhook_silent", about: `nothing since ${health.last_event_at}` }]
      : [];
  },
};

interface Health {
  troubles: string[];
  last_event_at: string | null;
}
