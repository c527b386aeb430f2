/** What `deno task setup` was asked for, and what it was given. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Complaint } from "../../local/terminal.ts";

export interface Wish {
  /** Of the Supabase project: twenty letters. */
  ref: string;
  /** Where the project answers. */
  url: string;
  /** In which region the function runs; null: nobody said, and it stays as it is. */
  region: string | null;
  /** Null: nobody said, and the project must have it. */
  siteUrl: string | null;
  stripeSecretKey: string;
  /** Given on purpose, of an endpoint that is there already; several while one is rotated. */
  webhookSecret: string | null;
  /** Where `MODULE_TOKEN_KEYS` are kept. */
  envFile: string;
  dryRun: boolean;
}

type Read = (name: string) => string | undefined;

const ENV_FILE = fileURLToPath(new URL("../../supabase/functions/.env", import.meta.url));

/** Reads a command line. Throws `Complaint` where it cannot be followed. */
export function readWish(args: string[], read: Read): Wish {
  const { ref, url, region, site, env, "dry-run": dryRun } = parse(args);
  if (ref === undefined || !/^[a-z]{20}$/.test(ref)) {
    throw new Complaint("--ref takes the project's reference: the twenty letters of its URL");
  }
  return {
    ref,
    dryRun,
    url: addressOf(url, "--url takes the address of the project")?.replace(/\/+$/, "") ??
      `https://${ref}.supabase.co`,
    region: region ?? null,
    siteUrl: addressOf(site, "--site takes the address of your site, where buyers come back to"),
    stripeSecretKey: keyOf(read("STRIPE_SECRET_KEY")),
    webhookSecret: webhookSecretOf(read("STRIPE_WEBHOOK_SECRET")),
    envFile: resolve(env ?? ENV_FILE),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "ref": { type: "string" },
        "url": { type: "string" },
        "region": { type: "string" },
        "site": { type: "string" },
        "env": { type: "string" },
        "dry-run": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw error instanceof TypeError ? new Complaint(error.message) : error;
  }
}

function addressOf(text: string | undefined, complaint: string): string | null {
  if (text === undefined) return null;
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new Complaint(complaint);
}

/** Never on the command line, where every process of the machine could read it. */
function keyOf(text: string | undefined): string {
  if (text !== undefined && /^[sr]k_(test|live)_\S+$/.test(text)) return text;
  throw new Complaint("STRIPE_SECRET_KEY in the environment must be a secret key of Stripe's");
}

function webhookSecretOf(text: string | undefined): string | null {
  const given = text?.trim() ?? "";
  if (given === "") return null;
  if (given.split(",").every((secret) => /^\s*whsec_\S+\s*$/.test(secret))) return given;
  throw new Complaint("STRIPE_WEBHOOK_SECRET in the environment must be signing secrets: whsec_…");
}
