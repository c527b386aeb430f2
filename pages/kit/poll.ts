/** Waits between two looks, in milliseconds: at first, and growing to the slowest. */
const FIRST = 2_000;
const GROWTH = 1.5;
const SLOWEST = 30_000;
/** Where the project tells us of changes, looking is but a second rope. */
const SLOWEST_WHEN_TOLD = 5 * 60_000;

/** The wait, and for how long, while a change is expected. */
const QUICK = 1_000;
const QUICK_FOR = 2 * 60_000;

/** Looks again and again. */
export interface Poll {
  /** Looks at once. */
  now(): void;
  /** Looks at once, and every second for a while: something is about to change. */
  hurry(): void;
  /** Whether from now on we are told of changes, so that looking can be rare. */
  told(isTold: boolean): void;
}

/**
 * Looks now, soon again, and then ever less often; not while the tab is hidden, and at once when it
 * is seen again. `look` reports its own failures. Ends with `signal`.
 */
export function poll(look: () => Promise<void>, signal: AbortSignal): Poll {
  let wait = FIRST;
  let slowest = SLOWEST;
  let quickUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking = Promise.resolve();

  function now(): void {
    clearTimeout(timer);
    looking = looking.then(lookAndWait); // one look at a time, and none forgotten
  }
  async function lookAndWait(): Promise<void> {
    if (signal.aborted || document.hidden) return;
    await look();
    clearTimeout(timer);
    const isQuick = Date.now() < quickUntil;
    if (!signal.aborted) timer = setTimeout(now, isQuick ? QUICK : wait);
    wait = isQuick ? FIRST : Math.min(wait * GROWTH, slowest);
  }
  document.addEventListener("visibilitychange", now, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  now();

  return {
    now,
    hurry() {
      quickUntil = Date.now() + QUICK_FOR;
      now();
    },
    told(isTold) {
      const former = slowest;
      slowest = isTold ? SLOWEST_WHEN_TOLD : SLOWEST;
      wait = Math.min(wait, slowest);
      if (slowest !== former) now(); // for what nobody has told us meanwhile
    },
  };
}
