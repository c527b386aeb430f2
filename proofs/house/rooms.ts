/** The floors of the house, and what breaks their order. */

/** A file, and the file that it names; both as git writes them. */
export interface Arrow {
  from: string;
  to: string;
}

/** Every room, from the ground up. A room may name files of its own floor and of those below. */
export const FLOORS: readonly (readonly string[])[] = [
  ["supabase", "stripe", "diagnosis"],
  ["client"],
  ["local"],
  ["cli", "pages"],
  ["examples"],
  ["proofs"],
];

/** Rooms that are deployed or are only data. They name no file outside their own room. */
const SEALED = ["supabase", "stripe"];

/** Why an arrow is not allowed; null if it is. */
export function refusal({ from, to }: Arrow): string | null {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target) return null;
  if (SEALED.includes(room)) return `${room}/ names nothing outside itself`;
  const [floor, targetFloor] = [floorOf(room), floorOf(target)];
  if (targetFloor === -1) return null; // a document, or the repository itself
  if (floor === -1) return `${room} is not in the list of rooms`;
  return targetFloor > floor ? `${target}/ is above ${room}/` : null;
}

function roomOf(path: string): string {
  return path.split("/")[0] ?? path;
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** Each circle of files once, as a list of its files. A file that imports itself is a circle too. */
export function circles(imports: readonly Arrow[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...next.get(from) ?? [], to]);

  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function walk(file: string): void {
    const start = path.indexOf(file);
    if (start !== -1) found.push([...path.slice(start), file]);
    if (start !== -1 || done.has(file)) return;
    path.push(file);
    for (const imported of next.get(file) ?? []) walk(imported);
    path.pop();
    done.add(file);
  }
  for (const file of next.keys()) walk(file);
  return found;
}
