import { discardBody } from "./body.ts";
import { type Handler, Refusal } from "./problem.ts";

/** By method and by the path after the function's name: `"POST /verify"`, `"POST /"`. */
export type Routes = Record<`${"GET" | "POST"} /${string}`, Handler>;

/** One handler for all the routes of a function. */
export function routed(routes: Routes): Handler {
  const handlers = new Map<string, Handler>(Object.entries(routes));
  return async (request, line) => {
    const path = innerPath(request.url);
    const handler = handlers.get(`${request.method} ${path}`);
    if (handler !== undefined) return await handler(request, line);

    await discardBody(request.body);
    const allow = methodsAt(path, routes);
    if (allow === "") throw new Refusal("not_found");
    throw new Refusal("method_not_allowed", { headers: { allow } });
  };
}

/** `/module-token/verify/` as `/verify`; `/module-token` as `/`. */
function innerPath(url: string): string {
  const [, ...parts] = new URL(url).pathname.split("/").filter((part) => part !== "");
  return `/${parts.join("/")}`;
}

function methodsAt(path: string, routes: Routes): string {
  const found = Object.keys(routes).map((route) => route.split(" "));
  return found.filter(([, at]) => at === path).map(([method]) => method).join(", ");
}
