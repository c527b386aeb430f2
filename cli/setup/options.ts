/** The options of setup, from its command line and its environment. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT } from "../../local/places.ts";
import { UserError } from "../../local/terminal.ts";
import { entriesOf, optional, type Source } from "../../supabase/functions/_shared/env.ts";
import { missing } from "../environment.ts";
import {
  choice,
  ENV_FILE,
  flag,
  JSON_OPTION,
  list,
  secretsFile,
  value,
  type Values,
} from "../options.ts";
import { withOldNames } from "../old_names.ts";
import type { AddedProject } from "./added_project.ts";
import type { MoveIn } from "./push_folder.ts";

export interface SetupOptions {
  /** The reference of the Supabase project: twenty letters. */
  ref: string;
  /** Where the project answers. */
  url: string;
  /** The region in which the function runs; null: it stays as it is. */
  region: string | null;
  /** One address, or several with commas. Null: the project must have it. */
  siteUrl: string | null;
  /** The error if neither --site nor the project has it. */
  siteMissing: string;
  stripeSecretKey: string;
  /** The secret of an existing endpoint; several while it is rotated. */
  webhookSecret: string | null;
  /** The file with `MODULE_TOKEN_KEYS`. */
  secretsFile: string;
  /** What to do with the tables of an old site; null: refuse if there are any. */
  moveIn: MoveIn | null;
  /** Names of the project's own functions and secrets that may be overwritten. */
  replace: string[];
  /** Whether the app's own migrations may be pushed. */
  push: boolean;
  /** What the names of our functions begin with. */
  functionsPrefix: string;
  dryRun: boolean;
}

const SECRETS_FILE = fileURLToPath(new URL("functions/.env", PROJECT));

export const SETUP_OPTIONS = {
  ref: value("<ref>", "the project's reference: the twenty letters of its URL"),
  site: value("<url>", "the address of your site, where buyers come back to; several with commas"),
  region: value("<region>", "run the webhook in this region, beside the database: eu-central-1"),
  url: value("<url>", "the project's own domain, in place of https://<ref>.supabase.co"),
  moveIn: choice(["now", "later"], "move the tables of an old site in: docs/moving_in.md"),
  push: flag("where Sesame was added to your project: also push your own migrations"),
  replace: list(
    "<name>",
    "overwrite this function or secret of the project's own; may be repeated",
  ),
  secretsFile: secretsFile(
    "the file for the keys of module tokens (default: supabase/functions/.env)",
  ),
  envFile: ENV_FILE,
  dryRun: flag("say every step and take none"),
  json: JSON_OPTION,
};

export type SetupFlags = Values<typeof SETUP_OPTIONS>;

/** Throws `UserError` if the flags or the environment cannot be used. */
export function readOptions(
  flags: SetupFlags,
  read: Source,
  added: AddedProject | null = null,
): SetupOptions {
  const { ref, url, region, site, secretsFile = SECRETS_FILE, replace, moveIn, push, dryRun } =
    flags;
  refuseMissing(ref, read);
  if (added !== null && moveIn !== undefined) throw new UserError(MOVED_BY_ADD);
  if (added === null && push) throw new UserError(ONLY_WHERE_ADDED);
  if (!/^[a-z]{20}$/.test(ref)) throw new UserError(`${REF}, and not ${ref}`);
  return {
    ref,
    replace,
    push,
    functionsPrefix: added?.functionsPrefix ?? "",
    dryRun,
    url: addressOf(url, "--url takes the address of the project")?.replace(/\/+$/, "") ??
      `https://${ref}.supabase.co`,
    region: region ?? null,
    siteUrl: sitesOf(site),
    siteMissing: siteMissing(read),
    stripeSecretKey: keyOf(read),
    webhookSecret: webhookSecretOf(read("STRIPE_WEBHOOK_SECRET")),
    secretsFile: resolve(secretsFile),
    moveIn: moveIn ?? null,
  };
}

const MOVED_BY_ADD = "--move-in is for a project that setup pushes to. Here add decides it.";

const ONLY_WHERE_ADDED = "--push is for a project to which Sesame was added. " +
  "Run setup in the folder of your project.";

const REF = "--ref takes the project's reference, the twenty letters of its URL";

/** One line that names everything that is missing. */
function refuseMissing(ref: string | undefined, read: Source): asserts ref is string {
  const key = "STRIPE_SECRET_KEY";
  const lacks = optional(read, key) === null ? [missing([key], read).message] : [];
  if (ref === undefined) {
    lacks.unshift(`--ref is missing: the project's reference, the twenty letters of its URL.`);
  }
  if (lacks.length > 0) throw new UserError(lacks.join(" "));
}

function addressOf(text: string | undefined, problem: string): string | null {
  if (text === undefined) return null;
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new UserError(problem);
}

/** Written as given: the functions read it like that. */
function sitesOf(text: string | undefined): string | null {
  const problem = "--site takes the address of your site, where buyers come back to";
  if (text === undefined) return null;
  entriesOf(text).forEach((site) => addressOf(site, problem));
  return text;
}

function keyOf(read: Source): string {
  const text = read("STRIPE_SECRET_KEY");
  if (text !== undefined && /^[sr]k_(test|live)_\S+$/.test(text)) return text;
  throw new UserError(
    "STRIPE_SECRET_KEY, in the environment or in the file of --env-file, must be a secret or restricted key of one " +
      "Stripe account: sk_test_…, sk_live_…, rk_test_… or rk_live_…",
  );
}

/** The error of a first setup without --site. */
function siteMissing(read: Source): string {
  const url = optional(withOldNames(read), "SITE_URL");
  const example = url !== null && /^https?:\/\/\S+$/.test(url) ? `: --site ${url}` : "";
  return `--site takes the address of your site, where buyers come back to${example}`;
}

function webhookSecretOf(text: string | undefined): string | null {
  const given = text?.trim() ?? "";
  if (given === "") return null;
  if (given.split(",").every((secret) => /^\s*whsec_\S+\s*$/.test(secret))) return given;
  throw new UserError("STRIPE_WEBHOOK_SECRET in the environment must be signing secrets: whsec_…");
}
