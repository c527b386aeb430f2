import { jsonBody } from "../_shared/json_body.ts";
import type { Handler } from "../_shared/problem.ts";
import { sell } from "./sell.ts";
import { readWish } from "./wish.ts";
import type { World } from "./world.ts";

/** Answers a member who wants a module with the address his browser is to go to. */
export function startCheckout(world: World): Handler {
  return async (request) => {
    const member = await world.whoIs(request);
    const wish = readWish(await jsonBody(request), world.site);
    return Response.json({ url: await sell(world, member, wish) });
  };
}
