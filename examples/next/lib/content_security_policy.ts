import { projectUrl } from "./project.ts";

/**
 * What a browser may do with our pages: run scripts with this nonce, and connect to this site and its
 * project. An injected script does not run, and no other site can show a page in a frame.
 */
export function contentSecurityPolicy(nonce: string): string {
  const project = new URL(projectUrl()).origin;
  const isDevelopment = process.env.NODE_ENV === "development"; // it evaluates code to reload it
  return Object.entries({
    "default-src": "'self'",
    "script-src": `'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src": isDevelopment ? "'self' 'unsafe-inline'" : "'self'",
    "img-src": "'self' data:",
    "connect-src": `'self' ${project} ${project.replace(/^http/, "ws")}`,
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
  }).map(([directive, sources]) => `${directive} ${sources}`).join("; ");
}
