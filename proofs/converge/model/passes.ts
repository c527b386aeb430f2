/** 5.14: passes stack. A pass bought while another runs begins when that one ends. */

import type { Pass, Source } from "./source.ts";

/** All passes of one user and module end together, as if bought one after the other. */
export function stacked(sources: Source[]): Source[] {
  const passes = sources.filter(({ pass, userRef }) => pass !== undefined && userRef !== null);
  const groups = Map.groupBy(passes, ({ userRef, module }) => `${userRef} ${module}`);
  return sources.map((source) => {
    const group = passes.includes(source) && groups.get(`${source.userRef} ${source.module}`);
    return group ? { ...source, expiresAt: commonEnd(rootsOf(group)) } : source;
  });
}

/** A root counts once, with its longest pass; of equally long passes, the first. */
function rootsOf(sources: Source[]): Pass[] {
  const passes = sources.flatMap(({ pass }) => pass ?? []);
  return [...Map.groupBy(passes, ({ root }) => root).values()]
    .flatMap((same) =>
      same.toSorted((one, other) => other.term - one.term || one.paidAt - other.paidAt)[0] ?? []
    );
}

/** The latest end: for each payment, its time plus all passes bought then or later. */
function commonEnd(passes: Pass[]): number {
  const inTurn = passes.toSorted((one, other) =>
    one.paidAt - other.paidAt || (one.root < other.root ? -1 : 1)
  );
  return Math.max(
    ...inTurn.map(({ paidAt }, place) =>
      inTurn.slice(place).reduce((end, { term }) => end + term, paidAt)
    ),
  );
}
