const DAY = 24 * 60 * 60 * 1000;

/** A moment in words: the date, and also the time if it is less than two days away. */
export function momentInWords(iso: string, language: string, now: number): string {
  const moment = new Date(iso);
  const near = Math.abs(moment.getTime() - now) < 2 * DAY;
  const style = near ? { timeStyle: "short" } as const : {};
  return new Intl.DateTimeFormat(language, { dateStyle: "long", ...style }).format(moment);
}
