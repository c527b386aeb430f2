/** Several processes of one function, as a hosted burst has them. Each is a target for its share of the load. */

import {
  bootFunction,
  type BootOptions,
  type FunctionProcess,
} from "../../local/function_process.ts";
import { type CpuMeter, meterProcess } from "./cpu.ts";
import type { Target } from "./targets.ts";

/** Running processes of one function, and the clock of their CPU. */
export interface Fleet extends AsyncDisposable {
  target: Target & { kind: "webhook" };
  pids: number[];
  cpu: CpuMeter;
}

/** Boots this many, one after the other. */
export async function bootFleet(
  options: Omit<BootOptions, "log">,
  processes: number,
  secret: string,
): Promise<Fleet> {
  await using booted = new AsyncDisposableStack();
  const running: FunctionProcess[] = [];
  for (let made = 0; made < processes; made++) {
    const each = await bootFunction({ ...options, log: () => {} });
    booted.defer(each.stop);
    running.push(each);
  }
  const pids = running.map(({ pid }) => pid);
  const ports = running.map(({ port }) => port);
  const meters = pids.map(meterProcess);
  const owned = booted.move();
  return {
    target: { kind: "webhook", ports, secret },
    pids,
    cpu: () => meters.reduce((sum, meter) => sum + meter(), 0),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
