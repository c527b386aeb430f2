/** Labels for the texts of a code, in the runbook and on the operator page. */

import type { AlertSeverity } from "./cause.ts";

export const FIX_LABEL = { en: "Fix", fr: "Solution" } as const;

export const ALERT_LABELS: Readonly<Record<"en" | "fr", Record<AlertSeverity, string>>> = {
  en: { critical: "critical", warning: "warning", notice: "notice" },
  fr: { critical: "critique", warning: "avertissement", notice: "remarque" },
};
