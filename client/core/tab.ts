/** The tab that the code runs in. React Native and servers have none, and count as shown. */

/** The part of a browser's document that is used here. */
interface TabDocument {
  readonly hidden: boolean;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

function tabDocument(): TabDocument | undefined {
  return (globalThis as { document?: TabDocument }).document;
}

export function isTabHidden(): boolean {
  return tabDocument()?.hidden === true;
}

/** Calls back whenever the tab is hidden or shown, until `signal` aborts. */
export function onTabChange(changed: () => void, signal: AbortSignal): void {
  const document = tabDocument();
  document?.addEventListener?.("visibilitychange", changed);
  signal.addEventListener(
    "abort",
    () => document?.removeEventListener?.("visibilitychange", changed),
  );
}
