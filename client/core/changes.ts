import { type FollowDeps, type Following, followSession, type MyModules } from "./follow.ts";

/** Receives the member's modules: once at the beginning, and after each change. */
export type OnChange = (now: MyModules) => void;

/** The listeners of a client. They share one poll and one channel. */
export interface Changes {
  /** Returns a function that ends it. */
  onChange(callback: OnChange): () => void;
  /** A purchase or a claim was just made. */
  expectChange(): void;
}

export function changesOf(deps: FollowDeps): Changes {
  const listeners = new Set<OnChange>();
  let following: Following | null = null;
  let latest: MyModules | null = null;

  function userArrived(): void {
    latest = null;
  }
  function seen(now: MyModules): void {
    if (latest !== null && isSame(now, latest)) return;
    latest = now;
    for (const listener of [...listeners]) notify(listener, now);
  }
  function notify(listener: OnChange, now: MyModules): void {
    if (!listeners.has(listener)) return; // an earlier listener has ended this one
    try {
      listener(now);
    } catch (error) {
      // The app's own error is reported as the app's, and the others are still called.
      setTimeout(() => {
        throw error;
      });
    }
  }
  function end(listener: OnChange): void {
    if (!listeners.delete(listener) || listeners.size > 0) return;
    following?.end();
    following = latest = null;
  }

  return {
    onChange(callback) {
      const listener: OnChange = (now) => callback(now); // the same callback may be given twice
      listeners.add(listener);
      following ??= followSession(deps, { userArrived, seen });
      const known = latest;
      if (known !== null) {
        Promise.resolve().then(() => {
          if (latest === known) notify(listener, known);
        });
      }
      return () => end(listener);
    },
    expectChange: () => following?.readOften(),
  };
}

function isSame(one: MyModules, other: MyModules): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
