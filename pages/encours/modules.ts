import type { PostgrestError } from "@supabase/supabase-js";
import type { Client } from "./client.ts";
import type { ListedPrice } from "./prices.ts";
import { Problem } from "../kit/problem.ts";

/** The public part of a module. */
export interface Offer {
  slug: string;
  title: string;
  description: string | null;
  is_free: boolean;
  is_active: boolean;
}

/** A member's access to a module: a row of `my_modules`. */
export interface Holding {
  slug: string;
  status: "active" | "expired" | "pending" | "closed";
  expires_at: string | null;
  reason: string | null;
}

/** A module as this member sees it. */
export interface Module extends Offer {
  /** Null: they never had it. */
  holding: Holding | null;
  /** The prices that open it. */
  prices: ListedPrice[];
}

/** The catalogue, in its own order. */
export async function readOffers(supabase: Client): Promise<Offer[]> {
  return rowsOf(
    await supabase.from("modules").select("slug, title, description, is_free, is_active")
      .order("id"),
  );
}

/** What the signed-in member has now. */
export async function readHoldings(supabase: Client): Promise<Holding[]> {
  return rowsOf(await supabase.from("my_modules").select("slug, status, expires_at, reason"));
}

/** The catalogue as this member sees it: a module that is no longer offered is shown to members who have it. */
export function modulesOf(
  offers: Offer[],
  holdings: Holding[],
  prices: ListedPrice[] = [],
): Module[] {
  const held = new Map(holdings.map((holding) => [holding.slug, holding]));
  return offers
    .map((offer) => ({
      ...offer,
      holding: held.get(offer.slug) ?? null,
      prices: prices.filter(({ modules }) => modules.some(({ slug }) => slug === offer.slug)),
    }))
    .filter(({ is_active, holding }) => is_active || holding !== null);
}

/** Whether the module is open, or opens once a payment arrives. */
export function isTheirs({ holding }: Module): boolean {
  return holding?.status === "active" || holding?.status === "pending";
}

interface Answer<Row> {
  data: Row[] | null;
  error: PostgrestError | null;
  status: number;
}

function rowsOf<Row>({ data, error, status }: Answer<Row>): Row[] {
  if (status === 0) throw new Problem("unreachable");
  if (error !== null) throw new Problem(error.code);
  return data ?? [];
}
