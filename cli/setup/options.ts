/** What `deno task setup` was asked to do, from its command line and its environment. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Complaint } from "../../local/terminal.ts";
import { optional, type Source } from "../../supabase/functions/_shared/env.ts";
import { ENV_FILE as SECRETS_FILE, readCommandLine } from "../command_line.ts";
import { readEnvFile } from "../environment.ts";
import { oldNameHint, withOldNames } from "../old_names.ts";
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
  envFile: string;
  /** What to do with the tables of an old site; null: where there are any, refuse. */
  moveIn: MoveIn | null;
  /** Names of the project's own functions and secrets that may be overwritten. */
  replace: string[];
  dryRun: boolean;
}

const ENV_FILE = fileURLToPath(new URL("../../supabase/functions/.env", import.meta.url));

/** Throws `Complaint` where the flags or the environment cannot be used. */
export function readOptions(flags: Flags, read: Source): SetupOptions {
  const { ref, url, region, site, env, replace, "move-in": moveIn, "dry-run": dryRun } = flags;
  if (ref === undefined || !/^[a-z]{20}$/.test(ref)) {
    throw new Complaint("--ref takes the project's reference: the twenty letters of its URL");
  }
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
    envFile: resolve(env ?? ENV_FILE),
    moveIn: moveInOf(moveIn),
  };
}

export type Flags = ReturnType<typeof readFlags>;

export function readFlags(args: string[]) {
  return readCommandLine({
    args,
    options: {
      ...SECRETS_FILE,
      "ref": { type: "string" },
      "url": { type: "string" },
      "region": { type: "string" },
      "site": { type: "string" },
      "env": { type: "string" },
      "move-in": { type: "string" },
      "replace": { type: "string", multiple: true, default: [] },
      "dry-run": { type: "boolean", default: false },
    },
  }).values;
}

/** The variables of the file named with `--env-file` before those of the environment. */
export async function readVariables(
  { "env-file": file }: Flags,
  environment: Source = (name) => Deno.env.get(name),
): Promise<Source> {
  if (file === undefined) return environment;
  const written = await readEnvFile(file);
  return (name) => written[name] ?? environment(name);
}

function addressOf(text: string | undefined, complaint: string): string | null {
  if (text === undefined) return null;
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new Complaint(complaint);
}

function moveInOf(text: string | undefined): MoveIn | null {
  if (text === undefined) return null;
  if (text === "now" || text === "later") return text;
  throw new Complaint("--move-in takes now or later: docs/moving_in.md");
}

function keyOf(read: Source): string {
  const text = read("STRIPE_SECRET_KEY");
  if (text !== undefined && /^[sr]k_(test|live)_\S+$/.test(text)) return text;
  const hint = text === undefined ? oldNameHint("STRIPE_SECRET_KEY", read) : "";
  throw new Complaint(
    "STRIPE_SECRET_KEY in the environment, or in the file of --env-file, must be a secret or " +
      "restricted key of one Stripe account: sk_test_…, sk_live_…, rk_test_… or rk_live_…" +
      (hint === "" ? "" : `; ${hint}`),
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
