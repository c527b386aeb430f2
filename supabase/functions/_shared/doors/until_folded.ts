/**
 * The answer of a call with events, once all of them are folded.
 *
 * While another call folds, Postgres only stores the events, and answers `received`. Then a second call
 * waits for the fold. It is repeated where more events wait than one fold takes. The caller limits the
 * time. Answers are unchecked.
 */
export async function untilFolded(
  first: Promise<unknown>,
  fold: (ids: string[]) => Promise<unknown>,
): Promise<unknown> {
  let answer = await first;
  while (Array.isArray(answer) && answer.some(isReceived)) {
    const folded = await fold(answer.filter(isReceived).map((row) => row.event_id));
    if (!Array.isArray(folded)) return folded;
    answer = [...answer.filter((row) => !isReceived(row)), ...folded];
  }
  return answer;
}

function isReceived(row: unknown): row is { event_id: string } {
  return (row as { outcome?: unknown } | null)?.outcome === "received";
}
