import "server-only";
import { type Module, modulesOf, readHoldings, readOffers } from "@pages/encours/modules.ts";
import { cache } from "react";
import { currentMember } from "./member.ts";
import { serverClient } from "./server_client.ts";

/** A module as the member sees it; null: it does not exist or is not shown. Read once for each request. */
export const readModule = cache(async (slug: string): Promise<Module | null> => {
  const supabase = await serverClient();
  const holdings = await currentMember() === null ? [] : await readHoldings(supabase);
  const modules = modulesOf(await readOffers(supabase), holdings);
  return modules.find((module) => module.slug === slug) ?? null;
});

/** Whether the module is open to the member now. Throws if that cannot be read. */
export async function isOpen(slug: string): Promise<boolean> {
  const supabase = await serverClient();
  const { data, error } = await supabase.rpc("has_module_access", { module: slug });
  if (error !== null) throw error;
  return data === true;
}
