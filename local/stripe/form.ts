/** Stripe's form encoding: `line_items[0][price]=price_1&expand[]=line_items`. */

export type FormValue = string | Form;

export interface Form {
  [name: string]: FormValue;
}

/** Lists are decoded as objects with the positions as names. */
export function decodeForm(entries: Iterable<[name: string, value: string]>): Form {
  const form: Form = Object.create(null);
  for (const [name, value] of entries) {
    const path = [...name.matchAll(/^[^[]+|\[([^\]]*)\]/g)].map(([all, inner]) => inner ?? all);
    let here = form;
    for (const step of path.slice(0, -1)) {
      const next = here[nameIn(here, step)];
      here = here[nameIn(here, step)] = typeof next === "object" ? next : Object.create(null);
    }
    here[nameIn(here, path.at(-1) ?? "")] = value;
  }
  return form;
}

/** `[]` is the next place. */
function nameIn(form: Form, step: string): string {
  return step === "" ? String(Object.keys(form).length) : step;
}
