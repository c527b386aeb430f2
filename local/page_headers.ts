/** The HTTP headers of a page, here and on any other host. */

/**
 * What a browser may do with a page: run its own script, use its own style, and talk to its
 * project. Nothing written into the page runs, no other site shows it in a frame, and no form leaves it.
 */
export function pageHeaders(apiUrl: string): Record<string, string> {
  const api = new URL(apiUrl).origin;
  const realtime = api.replace(/^http/, "ws");
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "data:",
    "connect-src": `'self' ${api} ${realtime}`,
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`).join("; "),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}
