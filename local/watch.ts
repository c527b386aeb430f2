/** Notices that the functions have changed: their source, their environment, their settings. */

import { fileURLToPath } from "node:url";

/** An editor writes a file in several steps; they count as one change, in milliseconds. */
const QUIET = 150;

/** Calls `changed` once after each burst of changes to these files and folders, one call at a time. */
export function watch(places: URL[], changed: () => Promise<void>): Disposable {
  const watcher = Deno.watchFs(places.map((place) => fileURLToPath(place)), { recursive: true });
  (async () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let work = Promise.resolve();
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || paths.every((path) => path.endsWith("_test.ts"))) continue;
      clearTimeout(timer);
      timer = setTimeout(() => work = work.then(changed), QUIET);
    }
    clearTimeout(timer);
  })();
  return watcher;
}
