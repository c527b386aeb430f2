/**
 * A folder in memory, for the data of servers that need not be durable.
 *
 * A server has 1,300 files. Before ext4 makes a file, it looks at those deleted in the last minutes.
 * Where servers come and go, that takes seconds for each of them; in memory it takes a tenth of one.
 *
 * @module
 */

import { statfsSync } from "node:fs";

/** Linux has it; containers often have a small one. */
const SHARED_MEMORY = "/dev/shm";
/** The log of one server alone may grow to a gigabyte. */
const NEEDED = 4 * 2 ** 30;

/** The folder; null where the system has none, or too little room in it. */
export function memoryFolder(folder = SHARED_MEMORY, needed = NEEDED): string | null {
  return Deno.build.os === "linux" && freeBytes(folder) >= needed ? folder : null;
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0; // there is no such folder
  }
}
