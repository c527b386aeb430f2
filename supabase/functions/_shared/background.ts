/** Work that continues after the answer; it never throws. */
export type Background = (work: Promise<void>) => void;

interface Platform {
  EdgeRuntime?: { waitUntil(work: Promise<void>): void };
}

/** Keeps the worker alive for the work if the platform can. Otherwise the work just continues. */
export function inBackground(work: Promise<void>): void {
  (globalThis as Platform).EdgeRuntime?.waitUntil(work);
}
