/** The description of a code: its severity, its fix, and its texts in two languages. */

/** The symptom, the cause and the fix. */
export interface Words {
  symptom: string;
  cause: string;
  fix: string;
}

/** error: a customer loses something. warning: something costs or waits. note: it may be intended. */
export type Severity = "error" | "warning" | "note";

/** How urgent an alert is, as sesame.alert_kinds says. */
export type AlertSeverity = "critical" | "warning" | "notice";

/** The way of `doctor --fix`: the check's own fix, a reconcile round, or deriving all access again. */
export type Way = "check" | "reconcile" | "refold";

export interface Cause {
  /** For the doctor's output and exit code. */
  severity: Severity;
  /** Absent: it is never an alert. */
  alert?: AlertSeverity;
  /** The doctor lists the smallest first, since it explains the others; null: the doctor never finds it. */
  order: number | null;
  /** Null: `doctor --fix` cannot fix it. */
  fixedBy: Way | null;
  /** The kind of the doctor's examples, if sesame_examine counts them. */
  counts?: string;
  /**
   * What to type, one command a line; null if no command helps. `<price id>` and the like are blanks, filled in
   * where the value is known.
   */
  command: string | null;
  en: Words;
  fr: Words;
}
