/** Ports: a free one where none is given, and an error where the given one is taken. */

import { UserError } from "./terminal.ts";

/** A port that is free at this moment. */
export function findFreePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The error about a taken port; `flag` is the option that chooses another. */
export function portTaken(port: number, flag: string): UserError {
  return new UserError(`port ${port} is taken: choose another with ${flag}, or end what uses it`);
}

/** Throws if `port` is taken; 0 is never taken. */
export function refuseTakenPort(port: number, flag: string): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw portTaken(port, flag);
    throw error;
  }
}
