import { Misconfigured, required, type Source } from "../_shared/env.ts";
import { invalid } from "../_shared/problem.ts";

/** What Stripe allows for an address. */
const LONGEST = 2_048;

/** `SITE_URL`: the page that buyers return to where a request names no other page of the site. */
export function siteUrl(source: Source): URL {
  const fix = "the address of your site, https://example.com, or of its page of modules";
  const written = required(source, "SITE_URL", fix);
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && !hasUser(url)) return url;
  throw new Misconfigured([`SITE_URL is not an http(s) address: ${fix}`]);
}

/**
 * The page that the browser returns to: a page of the site, `SITE_URL` by default. Throws
 * `invalid_request` for any other origin: Stripe, and our answer, would send buyers there.
 */
export function returnUrl(asked: unknown, site: URL): URL {
  if (asked === undefined || asked === null) return new URL(site);
  const written = typeof asked === "string" && asked.length <= LONGEST ? asked : "";
  const url = URL.canParse(written) ? new URL(written) : null;
  // `blob:https://site/…` has the site's origin but is no page of it.
  const isOurs = url?.protocol === site.protocol && url.origin === site.origin && !hasUser(url);
  if (url === null || !isOurs) {
    throw invalid(
      "return_url must be an absolute address of the site, with the origin of SITE_URL.",
    );
  }
  return url;
}

/** The same page with the id of the session, which Stripe puts in. */
export function successUrl(page: URL): string {
  const url = new URL(page);
  url.searchParams.delete("session_id");
  url.searchParams.append("session_id", "SESSION");
  // Stripe replaces braces only where they are not encoded.
  return url.href.replace("session_id=SESSION", "session_id={CHECKOUT_SESSION_ID}");
}

function hasUser({ username, password }: URL): boolean {
  return username !== "" || password !== "";
}
