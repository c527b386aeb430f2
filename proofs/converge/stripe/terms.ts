import type { Fields, Rendering } from "./event.ts";

/** The fields that all events of one subscription share. */
export interface Terms {
  name: string;
  id: string;
  user: string;
  price: string;
  metadata: Fields;
  created: number;
  rendering: Rendering;
  /** The days on which period `n` begins and ends. */
  period(n: number): { from: number; to: number };
  invoiceId(n: number | string): string;
  itemId(which?: string): string;
}
