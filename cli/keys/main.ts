/** `keys`: makes, shows, rotates and withdraws the keys that sign module tokens. */

import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type KeptKey, keptKeys } from "../../local/kept_key.ts";
import { newKey } from "../../local/new_key.ts";
import { isFile, PROJECT } from "../../local/places.ts";
import { printError, say, sayJson, UserError } from "../../local/terminal.ts";
import { Misconfigured } from "../../supabase/functions/_shared/env.ts";
import { keyRing } from "../../supabase/functions/module-token/key_ring.ts";
import { type Algorithm, readKeySet } from "../../supabase/functions/module-token/key_set.ts";
import { command } from "../frame.ts";
import { choice, flag, JSON_OPTION, secretsFile, value, whole, withDefault } from "../options.ts";
import { othersIn, readText, variableIn, withVariable, writeWhole } from "./env_file.ts";
import { warnUnlessIgnored } from "./ignored_by_git.ts";
import { changesInWords, keyAsJson } from "./in_words.ts";
import { LONGEST_TOKEN, rotate, withdraw } from "./rotation.ts";

const ACTIONS = ["show", "rotate", "withdraw"] as const;

const ALGORITHMS = ["ES256", "EdDSA"] as const satisfies readonly Algorithm[];

const VARIABLE = "MODULE_TOKEN_KEYS";

const SECRETS_FILE = fileURLToPath(new URL("functions/.env", PROJECT));

export const keys = command({
  name: "keys",
  summary: "Make, show, rotate and withdraw the keys that sign module tokens",
  details:
    "[action] is show, rotate or withdraw; without one, show. If the file has no keys, show and rotate " +
    "make the first. The first rotate publishes a new key, the second lets it sign. withdraw removes the keys whose " +
    "tokens have ended, or the key [kid]. Each step prints the next one.",
  arguments: "[action] [kid]",
  options: {
    secretsFile: secretsFile("the file that holds the keys (default: supabase/functions/.env)"),
    alg: choice(ALGORITHMS, "the algorithm of a new key; without it, ES256"),
    after: withDefault(value("<hours>", "the maximum life of a token", whole), `${LONGEST_TOKEN}`),
    now: flag("do at once what should wait: valid tokens may be refused"),
    json: JSON_OPTION,
  },
  renamed: { "--env": "--secrets-file", "--env-file": "--secrets-file" },
  examples: ["", "rotate --alg EdDSA", "withdraw --after 8760"],
  exitCodes: ["it was done"],
  async run({ options: { secretsFile, after: hours, now, alg, json }, words }) {
    const step = { ...actionOf(words), alg, atOnce: now, hours: now ? 0 : hours };
    const file = secretsFile === undefined ? await ownFile() : resolve(secretsFile);
    const { before, after, others } = await changeFile(file, step);
    const shown = relative(Deno.cwd(), file);
    if (json) sayJson({ file, keys: after.map((key) => keyAsJson(key, after)) });
    else say(...changesInWords({ file: shown, others }, before, after, hours));
    printError(...await warnUnlessIgnored(file, shown));
    return 0;
  },
});

/** The file of the project in which the command runs. */
async function ownFile(): Promise<string> {
  const folder = dirname(SECRETS_FILE);
  if (!isFile(new URL("config.toml", PROJECT))) {
    throw new UserError(
      `There is no Supabase project here: ${fileURLToPath(PROJECT)}config.toml is missing. ` +
        "Run it in the folder of your project, or name a file with --secrets-file.",
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  return SECRETS_FILE;
}

interface Step {
  action: (typeof ACTIONS)[number];
  /** The key to withdraw. */
  kid: string | undefined;
  alg: Algorithm | undefined;
  atOnce: boolean;
  /** How long tokens last at most. */
  hours: number;
}

function actionOf(
  [word = "show", kid]: readonly (string | undefined)[],
): Pick<Step, "action" | "kid"> {
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined) {
    throw new UserError(`There is no action ${word}: there are ${ACTIONS.join(", ")}`);
  }
  if (kid !== undefined && action !== "withdraw") {
    throw new UserError(`${action} takes no key, and ${kid} was given`);
  }
  return { action, kid };
}

async function changeFile(
  file: string,
  step: Step,
): Promise<{ before: readonly KeptKey[]; after: readonly KeptKey[]; others: string[] }> {
  const text = await readText(file);
  const before = await keysIn(text, relative(Deno.cwd(), file));
  const after = afterStep(step, before, Math.floor(Date.now() / 1_000));
  if (after !== before) {
    await writeWhole(file, withVariable(text, VARIABLE, JSON.stringify({ keys: after })));
  }
  return { before, after, others: othersIn(text, VARIABLE) };
}

/** The keys of the file; none if it does not have the variable. */
async function keysIn(text: string, file: string): Promise<readonly KeptKey[]> {
  const set = variableIn(text, VARIABLE);
  if (set === null) return [];
  try {
    const keys = readKeySet(set);
    await keyRing(keys);
    return keptKeys(keys);
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    const faults = error.problems.map((problem) => problem.replace(/:[^:]*$/, ""));
    throw new UserError(
      `${file}: ${faults.join("; ")}. Correct it, or remove the line to start again, ` +
        "which ends every token there is",
    );
  }
}

/** The keys after a step: the same array if nothing changes. */
function afterStep(step: Step, keys: readonly KeptKey[], now: number): readonly KeptKey[] {
  const { action, alg, atOnce, hours, kid } = step;
  if (keys.length === 0 && action !== "withdraw") return [newKey(alg ?? "ES256", now)];
  if (action === "show") return keys;
  if (action === "rotate") return rotate(keys, now, { atOnce, alg });
  return withdraw(keys, now, { hours, kid });
}

if (import.meta.main) await keys.runAndExit();
