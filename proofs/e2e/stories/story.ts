/** Stories: the events of one case, and the access that they must give in any order. */

import { event, type StripeEvent, type StripeObject } from "../../../stripe/events.ts";

/** The member and the time. */
export interface Setting {
  userId: string;
  /** `modules.id` of StableDiffusion. */
  moduleId: string;
  /** The Unix second this many days after the purchase. */
  at(days: number): number;
}

/** The member's modules at one moment in days from the purchase, as `whisper open until 33 subscription`. */
export interface Ending {
  days: number;
  modules: string[];
}

export interface Story {
  title: string;
  events(setting: Setting): StripeEvent[];
  endings: Ending[];
}

/** An event of another type with the same object. */
export function retyped(
  type: string,
  { data, created }: StripeEvent,
  fields: Record<string, unknown> = {},
): StripeEvent {
  return event(type, { ...data.object, ...fields }, { created });
}

/** An event of an object with nothing but its id. */
export function bare(type: string, object: StripeObject, created: number): StripeEvent {
  return event(type, object, { created });
}
