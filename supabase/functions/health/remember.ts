/** Reuses an answer for this many milliseconds. A failure is not reused. */
export function remembering<Answer>(
  ask: () => Promise<Answer>,
  milliseconds: number,
): () => Promise<Answer> {
  let answer: Promise<Answer> | null = null;
  let goodUntil = 0;

  return () => {
    if (answer === null || performance.now() >= goodUntil) {
      goodUntil = performance.now() + milliseconds;
      const asked = answer = ask();
      asked.catch(() => {
        if (answer === asked) answer = null;
      });
    }
    return answer;
  };
}
