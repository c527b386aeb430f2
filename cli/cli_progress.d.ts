/** The part of cli-progress that is used here: its own types need another version of Node's types. */

import type { Writable } from "node:stream";

export interface Options {
  format: string;
  stream: Writable;
  barCompleteChar: string;
  barIncompleteChar: string;
  barsize: number;
  hideCursor: boolean | null;
  linewrap: boolean;
  clearOnComplete: boolean;
}

export class SingleBar {
  constructor(options: Options);
  start(total: number, startValue: number, payload: object): void;
  update(current: number, payload: object): void;
  setTotal(total: number): void;
  stop(): void;
}
