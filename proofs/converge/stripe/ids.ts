/**
 * Ids as placeholders: `pi_@pi.1@` stands for an id that is new for every order tried, so that no outcome
 * depends on how the ids happen to sort.
 */

/** A Stripe id: `ref("pi", "1")`. */
export function ref(prefix: string, name: string): string {
  return `${prefix}_@${prefix}.${name}@`;
}

/** The user id of a persona. */
export function userRef(persona: string): string {
  return `00000000-0000-4000-8000-@${persona}@`;
}

/** The address of a persona. */
export function emailRef(persona: string): string {
  return `@${persona}@@example.com`;
}

/** Metadata that names a persona. */
export function named(persona: string): Record<string, string> {
  return { user_id: userRef(persona) };
}

/** The same, as sites in JavaScript spell it. */
export function spelled(persona: string): Record<string, string> {
  return { userId: userRef(persona) };
}

/** Metadata that names an address instead. */
export function addressed(persona: string): Record<string, string> {
  return { user_id: emailRef(persona) };
}

/** The pattern of a placeholder. Twelve hexadecimal digits replace it. */
export const PLACEHOLDER = /@([\w.-]+)@/;
