/** The probable owner of an endpoint at Stripe, by its address. */

import { entriesOf } from "../../supabase/functions/_shared/env.ts";

/** The addresses of the project. */
export interface Own {
  /** Where the project's functions are. */
  functionsUrl: string;
  /** The site of the project; null: not known. */
  siteUrl: string | null;
}

/** Tools that take webhooks from Stripe, by the domain that they receive them on. */
const TOOLS: readonly [domain: string, name: string][] = [
  ["zapier.com", "Zapier"],
  ["make.com", "Make"],
  ["integromat.com", "Make"],
  ["n8n.cloud", "n8n"],
  ["pipedream.net", "Pipedream"],
  ["hookdeck.com", "Hookdeck"],
  ["revenuecat.com", "RevenueCat"],
  ["chartmogul.com", "ChartMogul"],
  ["baremetrics.com", "Baremetrics"],
  ["profitwell.com", "ProfitWell"],
];

const TUNNELS = ["ngrok.io", "ngrok.app", "ngrok-free.app", "ngrok-free.dev", "trycloudflare.com"];

/** `/api/webhooks/stripe`, `/api/stripe/webhook`, `/api/stripe-webhook`: the paths of the usual guides. */
const PATH_OF_A_SITE = /^\/(api\/)?(.*\/)?(stripe[-/]?(web)?hooks?|(web)?hooks?\/stripe)\/?$/i;

/** As it follows the address: "your site's". */
export function ownerOf(url: string, { functionsUrl, siteUrl }: Own): string {
  const { hostname, origin, pathname } = new URL(url);
  const domain = bare(hostname);
  const isAt = (name: string) => domain === name || domain.endsWith(`.${name}`);
  const [, tool] = TOOLS.find(([name]) => isAt(name)) ?? [];
  const sites = entriesOf(siteUrl ?? "").filter((site) => URL.canParse(site));
  if (sites.some((site) => bare(new URL(site).hostname) === domain)) return "your site's";
  if (origin === new URL(functionsUrl).origin) return "another function of this project";
  if (tool !== undefined) return `${tool}'s`;
  if (TUNNELS.some(isAt)) return "a tunnel to a developer's machine";
  if (isAt("supabase.co")) return "another Supabase project's";
  return PATH_OF_A_SITE.test(pathname)
    ? "probably your old site's, by its path"
    : "of an unknown owner";
}

/** An address without its secrets: some tools and tunnels keep one in the path. */
export function shown(url: string, owner: string): string {
  const { hostname, origin, pathname } = new URL(url);
  return owner.includes("site's") || owner.includes("project") ? `${origin}${pathname}` : hostname;
}

function bare(hostname: string): string {
  return hostname.replace(/^www\./, "");
}
