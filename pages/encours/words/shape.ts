/** All texts of the page, as each language has them. */

type Phrase = (filling: string) => string;

/** The texts of one language. */
export interface Words {
  /** As in `<html lang>`; dates and amounts follow it. */
  language: string;
  title: string;
  loading: string;

  signIn: string;
  signUp: string;
  signOut: string;
  signedOut: string;
  email: string;
  password: string;
  confirmEmail: string;

  yours: string;
  offered: string;
  none: string;

  open: string;
  buy: string;
  claim: string;
  manage: string;
  close: string;

  states: Record<"forEver" | "until" | "subscribed" | "ended" | "pending" | "free", Phrase>;
  /** By `my_modules.reason`. */
  closed: Record<string, string>;
  closedSomehow: string;

  hasOpened: Phrase;
  hasClosed: Phrase;
  wayBack: Record<"paid" | "processing" | "failed" | "unpaid", string>;

  choose: Phrase;
  byUse: string;
  from: Phrase;
  taxed: Record<"included" | "excluded", Phrase>;
  afterTrial(span: string, payment: string): string;
  forGood: Phrase;
  lasting(title: string, duration: string): string;
  each(price: string, period: string): string;
  periods: Record<string, string>;
  /** `span` is more than one of `unit`: "3 months". */
  every(price: string, span: string, unit: string): string;

  tokenTitle: Phrase;
  tokenHint: string;
  tokenTerms: Record<"level" | "uses" | "unlimited" | "expires" | "token", string>;

  /** By the code of a problem document or of Auth. */
  problems: Record<string, string>;
  failed: string;
}
