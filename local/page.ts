/** One page: its folder, bundled for the browser, with the address of this stack. */

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { pageHeaders } from "./page_headers.ts";
import { configFlags } from "./places.ts";

/** The public configuration of a page. It contains no secret. */
export interface PageConfig {
  apiUrl: string;
  publishableKey: string;
  /** The schema with Sesame's tables and functions. */
  schema: string;
  /** What the names of the functions begin with, where they have a prefix. */
  functionsPrefix?: string;
}

/** A small web server for one page. */
export interface Page {
  fetch(request: Request): Promise<Response>;
  /** The next request bundles the page again. */
  reload(): void;
}

/**
 * Serves a folder under its own name; what it shares with the other pages is in `kit/` beside it. The
 * first request for the script bundles it.
 */
export function openPage(
  folder: URL,
  { apiUrl, publishableKey, schema, functionsPrefix = "" }: PageConfig,
): Page {
  const name = basename(folder.pathname);
  const kit = new URL("../kit/", folder);
  const headers = Object.entries({ ...pageHeaders(apiUrl), "cache-control": "no-cache" });
  let bundle: Promise<Response> | null = null;

  function answer({ hostname, pathname, search }: URL): Response | Promise<Response> {
    // The browser keeps a session for one name of this machine: use the same name everywhere.
    if (hostname === "localhost") return redirect(apiUrl + pathname + search);
    // Relative addresses in the page need the last slash; what Stripe has appended stays.
    if (pathname === `/${name}`) return redirect(`/${name}/${search}`);
    switch (pathname) {
      case `/${name}/`:
        return readFrom(folder, "index.html", "text/html; charset=utf-8");
      case `/${name}/page.css`:
        return readFrom(kit, "page.css", "text/css; charset=utf-8");
      case `/${name}/${name}.css`:
        return readFrom(folder, `${name}.css`, "text/css; charset=utf-8");
      case `/${name}/config.json`:
        return Response.json({
          ...{ apiUrl, publishableKey, schema },
          ...functionsPrefix === "" ? {} : { functionsPrefix },
        });
      case `/${name}/main.js`:
        return (bundle ??= bundleScript(folder)).then((script) => script.clone());
      default:
        return new Response("not found", { status: 404 });
    }
  }
  return {
    async fetch(request) {
      const response = await answer(new URL(request.url));
      for (const [name, value] of headers) response.headers.set(name, value);
      return response;
    },
    reload: () => void (bundle = null),
  };
}

async function readFrom(folder: URL, file: string, type: string): Promise<Response> {
  const text = await Deno.readTextFile(new URL(file, folder));
  return new Response(text, { headers: { "content-type": type } });
}

function redirect(location: string): Response {
  return new Response(null, { status: 307, headers: { location } });
}

const BROWSER = ["--platform", "browser", "--minify"];

/** `deno bundle` writes the script to its standard output. */
async function bundleScript(folder: URL): Promise<Response> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...configFlags(folder), ...BROWSER, "main.ts"],
    cwd: fileURLToPath(folder),
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return new Response(stdout, { headers: { "content-type": "text/javascript" } });
  return new Response(stderr, { status: 500, headers: { "content-type": "text/plain" } });
}
