/** 5.5, 5.6: the modules that a list of prices sells, and those that metadata names. */

import { EXTRAS, MODULES, OFFERS, termOf } from "../offers.ts";
import type { History } from "./history.ts";

/** What a price opens: modules, with the term of a one-time purchase in seconds. */
export type Catalogue = Map<string, { module: string; term: number | null }[]>;

/** One sold module. It has no price if only metadata names it. */
export interface Sold {
  module: string;
  priceId: string | null;
  term: number | null;
}

export function catalogueOf({ acts }: History): Catalogue {
  const catalogue: Catalogue = new Map();
  const add = (price: string, module: string, term: number | null) =>
    catalogue.set(price, [...catalogue.get(price) ?? [], { module, term }]);
  for (const offer of OFFERS) add(offer.price, offer.module, termOf(offer));
  for (const { act } of acts) if (act.act === "map") add(act.price, act.module, null);
  return catalogue;
}

/** Whether the price opens this module. */
export function isMappedTo(catalogue: Catalogue, priceId: string | null, module: string): boolean {
  return (catalogue.get(priceId ?? "") ?? []).some((offer) => offer.module === module);
}

/** Mapped to nothing, and not on purpose. */
export function isUnmapped(catalogue: Catalogue, priceId: string): boolean {
  return !catalogue.has(priceId) && !EXTRAS.includes(priceId);
}

/**
 * Mapped prices decide. Metadata names the module of an unmapped line, or of the whole sale if no list is
 * known. It never sells a module again that a mapped price sells.
 */
export function soldModules(
  catalogue: Catalogue,
  prices: string[] | null,
  moduleRef: string | null,
  sells: (priceId: string) => boolean = () => true,
): Sold[] {
  const list = [...new Set(prices ?? [])];
  const mapped = list.filter(sells).flatMap((priceId) =>
    (catalogue.get(priceId) ?? []).map((offer) => ({ ...offer, priceId }))
  );
  const isForMetadata = list.length === 0 || list.some((price) => isUnmapped(catalogue, price));
  const module = MODULES.find((slug) => slug === moduleRef);
  if (!isForMetadata || module === undefined) return mapped;
  if (mapped.some((sold) => sold.module === module)) return mapped;
  return [...mapped, { module, priceId: null, term: null }];
}
