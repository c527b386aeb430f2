import { isTabHidden, onTabChange } from "./tab.ts";

/** The pause between two readings, in milliseconds: the first one, its growth and its maximum. */
const FIRST = 2_000;
const GROWTH = 1.5;
const SLOWEST = 30_000;
/** While Realtime pushes changes, polling is only a fallback. */
const SLOWEST_WHEN_PUSHED = 5 * 60_000;

/** The pause while a change is expected, and how long it applies. */
const QUICK = 1_000;
const QUICK_FOR = 2 * 60_000;

/** Reads again and again. */
export interface Poll {
  /** Reads at once. */
  now(): void;
  /** Reads at once, and every second for a while: a change is expected. */
  readOften(): void;
  /** Whether changes are pushed from now on, so that polling can slow down. */
  pushed(isPushed: boolean): void;
}

/**
 * Reads now, and then with growing pauses. It stops while the tab is hidden, and reads at once when the
 * tab is shown again. `read` reports its own errors. Ends when `signal` aborts.
 */
export function poll(read: () => Promise<void>, signal: AbortSignal): Poll {
  let wait = FIRST;
  let slowest = SLOWEST;
  let quickUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading = Promise.resolve();

  function now(): void {
    clearTimeout(timer);
    reading = reading.then(readAndWait); // one at a time, and none is dropped
  }
  async function readAndWait(): Promise<void> {
    if (signal.aborted || isTabHidden()) return;
    await read();
    clearTimeout(timer);
    const isQuick = Date.now() < quickUntil;
    if (!signal.aborted) timer = setTimeout(now, isQuick ? QUICK : wait);
    wait = isQuick ? FIRST : Math.min(wait * GROWTH, slowest);
  }
  onTabChange(now, signal);
  signal.addEventListener("abort", () => clearTimeout(timer));
  now();

  return {
    now,
    readOften() {
      quickUntil = Date.now() + QUICK_FOR;
      now();
    },
    pushed(isPushed) {
      const former = slowest;
      slowest = isPushed ? SLOWEST_WHEN_PUSHED : SLOWEST;
      wait = Math.min(wait, slowest);
      if (slowest !== former) now(); // for changes that were not pushed meanwhile
    },
  };
}
