/** Two descriptions of a database compared: every fact that differs. */

import type { CatalogueFact } from "../../../cli/catalogue/catalogue.ts";

export interface Difference {
  kind: string;
  name: string;
  /** Null: it is not there yet. */
  before: string | null;
  /** Null: it must go. */
  after: string | null;
}

export function differencesBetween(
  before: readonly CatalogueFact[],
  after: readonly CatalogueFact[],
): Difference[] {
  const [old, wanted] = [before, after].map((facts) =>
    new Map(facts.map((fact) => [`${fact.kind} | ${fact.name}`, fact]))
  ) as [Map<string, CatalogueFact>, Map<string, CatalogueFact>];
  const keys = new Set([...old.keys(), ...wanted.keys()]);
  return [...keys].sort().flatMap((key) => {
    const [was, is] = [old.get(key), wanted.get(key)];
    const { kind, name } = (was ?? is)!;
    if (was?.fact === is?.fact) return [];
    return [{ kind, name, before: was?.fact ?? null, after: is?.fact ?? null }];
  });
}

/** `column sesame.grants.source: text f → text t` */
export function inWords({ kind, name, before, after }: Difference): string {
  const [was, is] = [before, after].map((fact) => fact === null ? "none" : shortened(fact));
  return `${kind} ${name}: ${was} → ${is}`;
}

function shortened(fact: string): string {
  const line = fact.replaceAll(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
