/** The steps of setup, as the terminal shows them and as scripts get them. */

export interface Step {
  /** What it is about. Several steps may have the same name. */
  name: "migrations" | "functions" | "keys" | "endpoint" | "secrets" | "address_claims";
  says: string;
  /** Absent: nothing is done, and the existing state is kept. */
  act?(): Promise<void>;
  /** Why the step cannot be taken. */
  refusal?: string;
  isDone?: boolean;
}

type State = "kept" | "needed" | "refused" | "done";

function stateOf({ act, refusal, isDone }: Step): State {
  if (refusal !== undefined) return "refused";
  if (act === undefined) return "kept";
  return isDone ? "done" : "needed";
}

const MARKS: Readonly<Record<State, string>> = {
  kept: "· keep",
  needed: "→",
  refused: "✗",
  done: "✓",
};

/** The lines of one step. A refused step has the reason below it. */
export function stepInWords(step: Step): string[] {
  const why = step.refusal?.split("\n").map((line) => `  ${line}`) ?? [];
  return [`${MARKS[stateOf(step)]} ${step.says}`, ...why];
}

export function stepAsJson(step: Step) {
  const { name, says, refusal } = step;
  return {
    name,
    state: stateOf(step),
    does: says,
    ...refusal === undefined ? {} : { refusal },
  };
}

/** The functions are deployed every time, because deployed code cannot be compared with local code. */
export function haveChanged(steps: readonly Step[]): boolean {
  return steps.some(({ name, isDone }) => isDone && name !== "functions");
}
