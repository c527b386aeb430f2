/** Work that goes on after the answer; it never throws. */
export type Background = (work: Promise<void>) => void;

interface Platform {
  EdgeRuntime?: { waitUntil(work: Promise<void>): void };
}

/** Keeps the worker alive for the work, where the platform can; elsewhere it simply goes on. */
export function inBackground(work: Promise<void>): void {
  (globalThis as Platform).EdgeRuntime?.waitUntil(work);
}
