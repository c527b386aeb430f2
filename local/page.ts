/** The page of examples/encours, bundled for the browser and told where this stack is. */

import { fileURLToPath } from "node:url";

/** What the page may know of the stack: nothing that is secret. */
export interface EncoursConfig {
  apiUrl: string;
  publishableKey: string;
}

/** A small web server for `/encours`. */
export interface Encours {
  fetch(request: Request): Promise<Response>;
  /** Has the next request bundle the page anew. */
  reload(): void;
}

export const ENCOURS = new URL("../examples/encours/", import.meta.url);

const FILES: Record<string, { file: string; type: string }> = {
  "/encours/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/encours/encours.css": { file: "encours.css", type: "text/css; charset=utf-8" },
};

/** Bundles nothing before somebody asks for the page. */
export function openEncours({ apiUrl, publishableKey }: EncoursConfig): Encours {
  let bundle: Promise<Response> | null = null;

  async function answer({ hostname, pathname, search }: URL): Promise<Response> {
    // Who signs in under one name of this machine is a stranger under the other.
    if (hostname === "localhost") return redirect(apiUrl + pathname + search);
    // Relative addresses in the page need the last slash; what Stripe has appended stays.
    if (pathname === "/encours") return redirect(`/encours/${search}`);
    if (pathname === "/encours/config.json") return Response.json({ apiUrl, publishableKey });
    if (pathname === "/encours/main.js") return (await (bundle ??= bundleScript())).clone();

    const known = FILES[pathname];
    if (known === undefined) return new Response("not found", { status: 404 });
    return new Response(await Deno.readTextFile(new URL(known.file, ENCOURS)), {
      headers: { "content-type": known.type },
    });
  }
  return {
    async fetch(request) {
      const response = await answer(new URL(request.url));
      response.headers.set("cache-control", "no-cache");
      return response;
    },
    reload: () => void (bundle = null),
  };
}

function redirect(location: string): Response {
  return new Response(null, { status: 307, headers: { location } });
}

/** `deno bundle` writes the script to its standard output. */
async function bundleScript(): Promise<Response> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", "main.ts"],
    cwd: fileURLToPath(ENCOURS),
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return new Response(stdout, { headers: { "content-type": "text/javascript" } });
  return new Response(stderr, { status: 500, headers: { "content-type": "text/plain" } });
}
