/**
 * Makes the keys of module tokens and rotates them, in `supabase/functions/.env`:
 *
 *     deno task keys             the keys and what each does; makes the first where there is none
 *     deno task keys rotate      publishes a new key; called again, lets it sign
 *     deno task keys withdraw    removes what no longer signs, once its tokens have ended
 *
 * `--env` names another file. `--alg EdDSA` makes a key of that kind instead of ES256. `--now` does
 * at once what else has to wait; `--after 8760` tells withdraw how many hours tokens last at most.
 *
 * @module
 */

import { relative } from "node:path";
import { Complaint, runProgram } from "../../local/terminal.ts";
import { Misconfigured } from "../../supabase/functions/_shared/env.ts";
import { keyRing } from "../../supabase/functions/module-token/key_ring.ts";
import { readKeySet } from "../../supabase/functions/module-token/key_set.ts";
import { readText, variableIn, withVariable, writeWhole } from "./env_file.ts";
import { type KeptKey, keptKeys } from "../../local/kept_key.ts";
import { newKey } from "../../local/new_key.ts";
import { rotate, withdraw } from "./rotation.ts";
import { tell } from "./tell.ts";
import { readWish, type Wish } from "./options.ts";

const NAME = "MODULE_TOKEN_KEYS";

async function keys(): Promise<number> {
  const wish = readWish(Deno.args);
  const file = relative(Deno.cwd(), wish.file);
  const text = await readText(wish.file);
  const before = await keysIn(text, file);
  const after = step(wish, before, Math.floor(Date.now() / 1_000));
  if (after !== before) {
    await writeWhole(wish.file, withVariable(text, NAME, JSON.stringify({ keys: after })));
  }
  tell(file, before, after, wish.hours);
  return 0;
}

/** The keys there are; none, where the file does not speak of any. */
async function keysIn(text: string, file: string): Promise<readonly KeptKey[]> {
  const set = variableIn(text, NAME);
  if (set === null) return [];
  try {
    const keys = readKeySet(set);
    await keyRing(keys);
    return keptKeys(keys);
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    const faults = error.complaints.map((complaint) => complaint.replace(/:[^:]*$/, ""));
    throw new Complaint(
      `${file}: ${faults.join("; ")}. Mend it, or remove the line to begin anew, ` +
        "which ends every token there is",
    );
  }
}

/** The keys there are to be; the very same, where nothing changes. */
function step(wish: Wish, keys: readonly KeptKey[], now: number): readonly KeptKey[] {
  const { command, alg, atOnce, kid } = wish;
  if (keys.length === 0 && command !== "withdraw") return [newKey(alg ?? "ES256", now)];
  if (command === "rotate") {
    return rotate(keys, now, { atOnce, ...alg === undefined ? {} : { alg } });
  }
  if (command === "show") return keys;
  const hours = atOnce ? 0 : wish.hours;
  return withdraw(keys, now, { hours, ...kid === undefined ? {} : { kid } });
}

if (import.meta.main) await runProgram(keys);
