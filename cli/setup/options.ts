/** What setup is to do, from its command line and its environment. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Complaint } from "../../local/terminal.ts";
import { optional, type Source } from "../../supabase/functions/_shared/env.ts";
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
import type { MoveIn } from "./push_folder.ts";

export interface SetupOptions {
  /** The reference of the Supabase project: twenty letters. */
  ref: string;
  /** Where the project answers. */
  url: string;
  /** The region in which the function runs; null: it stays as it is. */
  region: string | null;
  /** Null: the project must have it. */
  siteUrl: string | null;
  /** What to say where neither --site nor the project has it. */
  siteMissing: string;
  stripeSecretKey: string;
  /** The secret of an endpoint that is there already; several while one is rotated. */
  webhookSecret: string | null;
  /** The file with `MODULE_TOKEN_KEYS`. */
  secretsFile: string;
  /** What to do with the tables of an old site; null: where there are any, refuse. */
  moveIn: MoveIn | null;
  /** Names of the project's own functions and secrets that may be overwritten. */
  replace: string[];
  dryRun: boolean;
}

const SECRETS_FILE = fileURLToPath(new URL("../../supabase/functions/.env", import.meta.url));

export const SETUP_OPTIONS = {
  ref: value("<ref>", "the project's reference: the twenty letters of its URL"),
  site: value("<url>", "the address of your site, where buyers come back to"),
  region: value("<region>", "run the webhook in this region, beside the database: eu-central-1"),
  url: value("<url>", "the project's own domain, in place of https://<ref>.supabase.co"),
  moveIn: choice(["now", "later"], "move the tables of an old site in: docs/moving_in.md"),
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

/** Throws `Complaint` where the flags or the environment cannot be used. */
export function readOptions(flags: SetupFlags, read: Source): SetupOptions {
  const { ref, url, region, site, secretsFile = SECRETS_FILE, replace, moveIn, dryRun } = flags;
  refuseMissing(ref, read);
  if (!/^[a-z]{20}$/.test(ref)) throw new Complaint(`${REF}, and not ${ref}`);
  return {
    ref,
    replace,
    dryRun,
    url: addressOf(url, "--url takes the address of the project")?.replace(/\/+$/, "") ??
      `https://${ref}.supabase.co`,
    region: region ?? null,
    siteUrl: addressOf(site, "--site takes the address of your site, where buyers come back to"),
    siteMissing: siteMissing(read),
    stripeSecretKey: keyOf(read),
    webhookSecret: webhookSecretOf(read("STRIPE_WEBHOOK_SECRET")),
    secretsFile: resolve(secretsFile),
    moveIn: moveIn ?? null,
  };
}

const REF = "--ref takes the project's reference, the twenty letters of its URL";

/** One line names all that is missing. */
function refuseMissing(ref: string | undefined, read: Source): asserts ref is string {
  const key = "STRIPE_SECRET_KEY";
  const lacks = optional(read, key) === null ? [missing([key], read).message] : [];
  if (ref === undefined) {
    lacks.unshift(`--ref is missing: the project's reference, the twenty letters of its URL.`);
  }
  if (lacks.length > 0) throw new Complaint(lacks.join(" "));
}

function addressOf(text: string | undefined, complaint: string): string | null {
  if (text === undefined) return null;
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new Complaint(complaint);
}

function keyOf(read: Source): string {
  const text = read("STRIPE_SECRET_KEY");
  if (text !== undefined && /^[sr]k_(test|live)_\S+$/.test(text)) return text;
  throw new Complaint(
    "STRIPE_SECRET_KEY, in the environment or in the file of --env-file, must be a secret or restricted key of one " +
      "Stripe account: sk_test_…, sk_live_…, rk_test_… or rk_live_…",
  );
}

/** What the first setup says where no --site was given. */
function siteMissing(read: Source): string {
  const url = optional(withOldNames(read), "SITE_URL");
  const example = url !== null && /^https?:\/\/\S+$/.test(url) ? `: --site ${url}` : "";
  return `--site takes the address of your site, where buyers come back to${example}`;
}

function webhookSecretOf(text: string | undefined): string | null {
  const given = text?.trim() ?? "";
  if (given === "") return null;
  if (given.split(",").every((secret) => /^\s*whsec_\S+\s*$/.test(secret))) return given;
  throw new Complaint("STRIPE_WEBHOOK_SECRET in the environment must be signing secrets: whsec_…");
}
