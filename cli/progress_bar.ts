/** Shows the progress of long work. */

// @ts-types="./cli_progress.d.ts"
import { SingleBar } from "cli-progress";
import process from "node:process";

/** How many of how many rows are done. */
export interface Progress {
  title: string;
  done: number;
  total: number;
}

/** Receives the progress; null: the work is over. */
export type Watch = (progress: Progress | null) => void;

/** What `dev` and `demo` wait for first. */
export const STARTING = "starting the stack";

/** Does work that begins with this title, and ends the watching with it. */
export async function watched<Result>(
  watch: Watch,
  title: string,
  work: () => Promise<Result>,
): Promise<Result> {
  watch({ title, done: 0, total: 1 });
  try {
    return await work();
  } finally {
    watch(null);
  }
}

/** Work that is over sooner needs no bar. */
const PATIENCE = 2_000;

/**
 * A bar on standard error. It appears when the command has run for two seconds, and disappears at the end.
 *
 * Scripts, logs and screens that cannot move the cursor get none.
 */
export function progressBar({ json }: { json: boolean }): Watch {
  if (json || !canDraw()) return () => {};
  const begun = performance.now();
  let latest: Progress | null = null;
  let bar: SingleBar | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const draw = () => {
    if (latest === null) return;
    const { done, most, title } = drawn(latest);
    if (bar === null) {
      bar = openBar();
      bar.start(most, done, { title });
    }
    bar.setTotal(most);
    bar.update(done, { title });
  };
  return (progress) => {
    clearTimeout(timer);
    latest = progress;
    if (progress === null) {
      bar?.stop();
      bar = null;
      return;
    }
    const wait = PATIENCE - (performance.now() - begun);
    if (wait > 0) timer = setTimeout(draw, wait);
    else draw();
  };
}

function canDraw(): boolean {
  const isPlain = ["CI", "NO_COLOR"].some((name) => (Deno.env.get(name) ?? "") !== "") ||
    Deno.env.get("TERM") === "dumb";
  return !isPlain && Deno.stdout.isTerminal() && Deno.stderr.isTerminal();
}

function drawn({ title, done, total }: Progress) {
  const room = columns() - barSize() - "   100 % ".length - 1;
  return {
    done,
    // New rows may arrive while it walks: the total is never less than what is done.
    most: Math.max(total, done, 1),
    title: title.slice(0, Math.max(0, room)),
  };
}

/** A line that wraps cannot be drawn over. */
function columns(): number {
  return Deno.consoleSize().columns || 80;
}

function barSize(): number {
  return columns() < 60 ? 10 : 30;
}

/** It changes no mode of the terminal, so that the terminal still works after Ctrl-C. */
function openBar(): SingleBar {
  return new SingleBar({
    format: "  {bar} {percentage} % {title}",
    stream: process.stderr,
    barCompleteChar: "█",
    barIncompleteChar: "·",
    barsize: barSize(),
    hideCursor: null,
    linewrap: true,
    clearOnComplete: true,
  });
}
