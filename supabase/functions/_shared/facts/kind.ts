import type { JsonObject } from "./json.ts";

/** The fields of every fact. */
export interface AnyFact {
  kind: string;
  id: string;
}

/**
 * The descriptor of one kind of Stripe object; `kinds.ts` lists them. `InnerFact`: the facts
 * of objects inside.
 */
export interface Kind<KindFact extends AnyFact = AnyFact, InnerFact extends AnyFact = AnyFact> {
  /** The name of the fact. In the plural it is the table that the fact merges into. */
  kind: KindFact["kind"];
  /** A fetched object arrives as the event `<head>.fetched`. A rebuild uses it to name its position. */
  head: string;
  /** The prefixes of its event types. Left out: `<head>.`. The longest matching prefix of all kinds counts. */
  events?: readonly string[];
  /** Every word that Stripe has for a field, by the path of the field. */
  words?: Words;
  /** Reads the fact from any JSON and never throws. Null: the object does not say enough. */
  read: (
    id: string,
    object: JsonObject,
    type: string,
    former: JsonObject | null,
  ) => KindFact | null;
  /**
   * Objects inside that are facts of their own. Only kinds that merge by rank and maximum, because an
   * older copy of these does no harm. A snapshot inside, such as a subscription, is ignored: of snapshots
   * the newest wins, and the stamp of the event is not the stamp of the copy. A product is an exception,
   * because only a reading expands it.
   */
  inside?: readonly Inside<InnerFact>[];
  /** Where one object is read from Stripe, by the prefix of its id. */
  byId: Readonly<Record<string, PathOf>>;
  /**
   * Where those of another object are read, by that object's prefix: `pi`, for objects that point at a
   * payment, or `sub/invoices`, for a list that belongs to a subscription.
   */
  byOwner?: Readonly<Record<string, PathOf>>;
  /** Where all of them are listed, for a rebuild. Left out: a rebuild does not need them. */
  all?: string;
  /** The list inside each object that Stripe cuts short. */
  cutShort?: CutShort;
  /** Whether "no such object" means that the object was deleted. */
  isDeletable?: true;
}

/** The known words of each field, by the path of the field. */
export type Words = Readonly<Record<string, readonly string[]>>;

/** The path of a request to Stripe's API for this id. */
export type PathOf = (id: string) => string;

/** Objects of one kind that may lie inside another, and where. */
export interface Inside<InnerFact extends AnyFact> {
  kind: Kind<InnerFact, InnerFact>;
  find: (object: JsonObject) => JsonObject[];
}

/** A list inside an object, and where the whole list can be read. */
export interface CutShort {
  field: string;
  path: PathOf;
}
