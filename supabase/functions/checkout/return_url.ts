import { entriesOf, Misconfigured, required, type Source } from "../_shared/env.ts";
import { invalid } from "../_shared/problem.ts";

/** The maximum length that Stripe allows for an address. */
const LONGEST = 2_048;

/** A page of each origin that the site has. Buyers return to the first if a request names no page. */
export type Site = readonly [URL, ...URL[]];

/** `SITE_URL`: one address, or several with commas between them. */
export function siteUrls(source: Source): Site {
  const fix = "the address of your site, https://example.com, or of its page of modules";
  const written = entriesOf(required(source, "SITE_URL", fix));
  const urls = written.filter((text) => URL.canParse(text)).map((text) => new URL(text))
    .filter((url) => /^https?:$/.test(url.protocol) && !hasUser(url));
  const [first, ...more] = urls;
  if (first !== undefined && urls.length === written.length) return [first, ...more];
  throw new Misconfigured([`SITE_URL is not an http(s) address: ${fix}`]);
}

/**
 * The page that the browser returns to: a page of the site, by default the first of `SITE_URL`. Throws
 * `invalid_request` for any other origin: Stripe, and our answer, would send buyers there.
 */
export function returnUrl(asked: unknown, site: Site): URL {
  if (asked === undefined || asked === null) return new URL(site[0]);
  const written = typeof asked === "string" && asked.length <= LONGEST ? asked : "";
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url !== null && !hasUser(url) && site.some((page) => isOfSite(url, page))) return url;
  throw invalid(
    "return_url must be an absolute address of the site, with an origin of SITE_URL.",
  );
}

/** `blob:https://site/…` has the site's origin but is no page of it, so the protocol counts as well. */
function isOfSite(url: URL, page: URL): boolean {
  if (isOnThisMachine(page)) return isOnThisMachine(url);
  return url.protocol === page.protocol && url.origin === page.origin;
}

/** A developer's own machine: every port is theirs, and development servers pick any (RFC 8252, 7.3). */
function isOnThisMachine({ protocol, hostname }: URL): boolean {
  return /^https?:$/.test(protocol) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
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
