/** What `deno task keys` was asked for. */

import { fileURLToPath } from "node:url";
import { Complaint } from "../../local/terminal.ts";
import { readCommandLine } from "../command_line.ts";
import type { Algorithm } from "../../supabase/functions/module-token/key_set.ts";
import { LONGEST_TOKEN } from "./rotation.ts";

const COMMANDS = ["show", "rotate", "withdraw"] as const;

const ENV_FILE = fileURLToPath(new URL("../../supabase/functions/.env", import.meta.url));

export interface Wish {
  command: (typeof COMMANDS)[number];
  file: string;
  alg?: Algorithm;
  kid?: string;
  /** How long tokens last at most, in hours. */
  hours: number;
  atOnce: boolean;
}

/** Reads a command line. Throws `Complaint` where it cannot be followed. */
export function readWish(args: string[]): Wish {
  const { values, positionals: [word = "show", kid, ...more] } = parse(args);
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined) {
    throw new Complaint(`no such command: ${word}. There are ${COMMANDS.join(", ")}`);
  }
  const surplus = command === "withdraw" ? more : [kid, ...more];
  if (surplus.some((word) => word !== undefined)) {
    throw new Complaint(`too many words: ${surplus.join(" ")}`);
  }
  return {
    command,
    file: values.env,
    hours: hoursOf(values.after),
    atOnce: values.now,
    ...kid === undefined ? {} : { kid },
    ...values.alg === undefined ? {} : { alg: algorithmNamed(values.alg) },
  };
}

function parse(args: string[]) {
  return readCommandLine({
    args,
    allowPositionals: true,
    options: {
      env: { type: "string", default: ENV_FILE },
      alg: { type: "string" },
      after: { type: "string", default: String(LONGEST_TOKEN) },
      now: { type: "boolean", default: false },
    },
  });
}

function algorithmNamed(text: string): Algorithm {
  if (text === "ES256" || text === "EdDSA") return text;
  throw new Complaint(`--alg takes ES256 or EdDSA, not ${text}`);
}

function hoursOf(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new Complaint(`--after takes a number of hours, not ${text}`);
  return Number(text);
}
