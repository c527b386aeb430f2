import type { Claim, Delivery } from "./claim.ts";
import type { Order } from "./order.ts";
import { random } from "./random.ts";
import type { Act } from "./scenario.ts";
import { PLACEHOLDER } from "./stripe/ids.ts";

/** A delivery with random ids: the event as JSON text, or the act with its user. */
export type ReadyStep = { event: string } | { act: Act; userId: string };

/** An order with random ids, ready to be sent. */
export interface ReadyOrder {
  order: Order;
  steps: { step: ReadyStep; isEvidence: boolean; call: number; connection: number }[];
  /** The id for a placeholder's name. */
  idOf(name: string): string;
}

/** A text cut at its placeholders: text, name, text, name, …, text. */
type Template = string[];

const templates = new WeakMap<Claim, Template[]>();
/** Counts the ids, so that none is used twice in one run. */
let drawnSoFar = 0;

/** Gives every order new random ids. They are unique and sort at random. */
export function prepare(order: Order): ReadyOrder {
  const { claim } = order;
  const cut = templates.get(claim) ?? cutAll(claim);
  const pick = random(order.seed);
  const ids = new Map<string, string>();
  const idOf = (name: string) => {
    const known = ids.get(name) ?? drawId(pick);
    ids.set(name, known);
    return known;
  };
  // By their place in the story, so that one seed gives the same ids in every sequence.
  const texts = cut.map((template) => fill(template, idOf));
  const steps = order.sequence.map((index, place) => {
    const { what, isEvidence } = claim.deliveries[index] as Delivery;
    const text = texts[index] ?? "";
    const step = "act" in what
      ? { act: JSON.parse(text) as Act, userId: userId(idOf, what) }
      : { event: text };
    const call = order.calls[place] ?? place;
    return { step, isEvidence, call, connection: order.connections?.[place] ?? 0 };
  });
  return { order, steps, idOf };
}

/** Four random digits, by which ids sort, and eight digits that make them unique. */
function drawId(pick: (limit: number) => number): string {
  return pick(0x10000).toString(16).padStart(4, "0") + (++drawnSoFar).toString(16).padStart(8, "0");
}

/** The user id of a persona of this order. */
export function userIdOf({ idOf }: Pick<ReadyOrder, "idOf">, persona: string): string {
  return `00000000-0000-4000-8000-${idOf(persona)}`;
}

function userId(idOf: ReadyOrder["idOf"], act: Act): string {
  return "user" in act ? userIdOf({ idOf }, act.user) : "";
}

function cutAll(claim: Claim): Template[] {
  const cut = claim.deliveries.map(({ what }) =>
    JSON.stringify("act" in what ? what : what.event).split(PLACEHOLDER)
  );
  templates.set(claim, cut);
  return cut;
}

/** `split` with a group leaves every second piece a name. */
function fill(template: Template, idOf: ReadyOrder["idOf"]): string {
  return template.map((piece, place) => place % 2 === 0 ? piece : idOf(piece)).join("");
}
