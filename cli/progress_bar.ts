/** Shows how far long work is. */

// @ts-types="./cli_progress.d.ts"
import { SingleBar } from "cli-progress";
import process from "node:process";

/** How many of how many rows are done. */
export interface Progress {
  title: string;
  done: number;
  total: number;
}

/** Hears how far something is; null: it is over. */
export type Watch = (progress: Progress | null) => void;

/** A bar on standard error, which disappears at the end; nothing where that is not a terminal. */
export function progressBar(): Watch {
  if (!Deno.stderr.isTerminal()) return () => {};
  let bar: SingleBar | null = null;
  return (progress) => {
    if (progress === null) {
      bar?.stop();
      bar = null;
      return;
    }
    const { done, total } = progress;
    // New rows may arrive while it walks: the total is never less than what is done.
    const most = Math.max(total, done, 1);
    const title = progress.title.slice(0, roomForTitle());
    if (bar === null) {
      bar = openBar();
      bar.start(most, done, { title });
    }
    bar.setTotal(most);
    bar.update(done, { title });
  };
}

const BAR = 30;

/** A line that wraps cannot be drawn over. */
function roomForTitle(): number {
  return Math.max(0, Deno.consoleSize().columns - BAR - "   100 % ".length - 1);
}

/** It changes no mode of the terminal, so that the terminal still works after Ctrl-C. */
function openBar(): SingleBar {
  return new SingleBar({
    format: "  {bar} {percentage} % {title}",
    stream: process.stderr,
    barCompleteChar: "█",
    barIncompleteChar: "·",
    barsize: BAR,
    hideCursor: null,
    linewrap: true,
    clearOnComplete: true,
  });
}
