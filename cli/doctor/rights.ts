/** Compares two access control lists of Postgres: which rights each role has gained or lost. */

export interface RightsChange {
  /** `public` is everyone. */
  role: string;
  isGained: boolean;
  /** As Postgres names them: `select`, `insert`. */
  rights: string[];
}

/** As Postgres abbreviates them, in the usual order; `maintain` exists from 17 on. */
const RIGHTS: Record<string, string> = {
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
  D: "truncate",
  x: "references",
  t: "trigger",
  X: "execute",
  U: "usage",
};

/** `role=letters/grantor`, where either name may be quoted and an empty role is everyone. */
const ENTRY = /("(?:[^"]|"")*"|[^="\s]*)=([a-zA-Z*]*)\/(?:"(?:[^"]|"")*"|\S+)/g;

/** The differences between the expected list and the actual one; either list may be empty. */
export function rightsChanges(expected: string, actual: string): RightsChange[] {
  const [ought, is] = [rightsByRole(expected), rightsByRole(actual)];
  const roles = [...new Set([...ought.keys(), ...is.keys()])].sort();
  return roles.flatMap((role) => {
    const [had, has] = [ought.get(role) ?? [], is.get(role) ?? []];
    const changes = [
      { role, isGained: true, rights: has.filter((right) => !had.includes(right)) },
      { role, isGained: false, rights: had.filter((right) => !has.includes(right)) },
    ];
    return changes.filter(({ rights }) => rights.length > 0);
  });
}

function rightsByRole(list: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, role = "", letters = ""] of list.matchAll(ENTRY)) {
    const name = role === "" ? "public" : role.replace(/^"|"$/g, "").replaceAll('""', '"');
    const rights = Object.entries(RIGHTS).flatMap(([letter, right]) =>
      letters.includes(`${letter}*`)
        ? [right, `${right} with grant option`]
        : letters.includes(letter)
        ? [right]
        : []
    );
    found.set(name, [...found.get(name) ?? [], ...rights]);
  }
  return found;
}
