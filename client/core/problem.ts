import { type JsonObject, pageAddress, record, rows, text } from "./json.ts";
import type { AccessReason, ModuleState } from "./modules.ts";

/** One way to pay for a module. */
export interface PriceChoice {
  /** Send it as `price`. */
  price: string;
  /** In the currency's smallest unit; null: not a fixed amount. */
  amount: number | null;
  currency: string;
  /** Null: paid once. */
  interval: string | null;
  /** Paid every so many intervals. */
  interval_count: number;
  /** The free days with which this member's subscription begins; null: none. */
  trial_days: number | null;
  max_quantity: number;
  modules: {
    module_id: number;
    slug: string;
    title: string;
    access_level: string;
    max_usage: number | null;
    /** Null: without an end, or as long as the subscription is paid. */
    access_duration: string | null;
  }[];
}

/** What the member has already, and a page of the site. */
interface Held {
  modules: ModuleState[];
  url: string;
}

/** No members but the code and the message. */
type Bare = Record<never, never>;

/** Each problem of the server, with its members. */
interface ServerMembers {
  /** A session is missing, or it has ended. */
  not_signed_in: Bare;
  /** The server is down or busy. The same call may succeed in a few seconds. */
  unavailable: Bare;
  /** `detail` says what to change: for example, `returnUrl` has an origin that is not in `SITE_URL`. */
  invalid_request: { detail: string };
  no_such_module: Bare;
  no_such_price: Bare;
  /** There is no such code, it is over, or it is another customer's. */
  no_such_code: Bare;
  /** The code is not for this purchase. */
  code_refused: Bare;
  no_such_session: Bare;
  no_such_link: Bare;
  no_customer: Bare;
  denied: Bare;
  already_owned: Held;
  payment_pending: Held;
  subscription_stalled: Held;
  choose_price: { prices: PriceChoice[] };
  other_currency: Bare;
  not_for_sale: Bare;
  not_free: Bare;
  no_access: { reason: AccessReason | "no_access" | "exhausted" };
}

/** Each problem that only this side knows. */
interface OwnMembers {
  /** No answer came: no network, a wrong address, or a browser that blocked the call. */
  unreachable: Bare;
  /** The `signal` of the call was aborted. */
  aborted: Bare;
  /** An answer that this version does not know. `serverCode` is its code, if it had one. */
  unknown: { status: number; serverCode: string | null };
}

type Members = ServerMembers & OwnMembers;

export type ServerCode = keyof ServerMembers;
export type ProblemCode = keyof Members;

/** The problems that any call may have. */
export type CommonCode = keyof OwnMembers | "not_signed_in" | "unavailable";

/** Why a call did not succeed. `switch (problem.code)` gives each one its members. */
export type Problem<Code extends ProblemCode = ProblemCode> = {
  [Each in Code]: {
    code: Each;
    /** One English sentence, for logs. */
    message: string;
  } & Members[Each];
}[Code];

const bare = (): Bare => ({});

/** How the members of each problem are read. Null: they are missing. */
const READERS: { readonly [Code in ServerCode]: (answer: JsonObject) => Members[Code] | null } = {
  not_signed_in: bare,
  unavailable: bare,
  invalid_request: ({ detail }) => ({ detail: text(detail) ?? "" }),
  no_such_module: bare,
  no_such_price: bare,
  no_such_code: bare,
  code_refused: bare,
  no_such_session: bare,
  no_such_link: bare,
  no_customer: bare,
  denied: bare,
  already_owned: held,
  payment_pending: held,
  subscription_stalled: held,
  choose_price: ({ prices }) => {
    const choices = rows<PriceChoice>(prices, "price");
    return choices?.every(({ modules }) => rows(modules, "slug") !== null)
      ? { prices: choices }
      : null;
  },
  other_currency: bare,
  not_for_sale: bare,
  not_free: bare,
  no_access: ({ reason }) => {
    const word = text(reason) as Members["no_access"]["reason"] | null;
    return word === null ? null : { reason: word };
  },
};

function held({ modules, url }: JsonObject): Held | null {
  const states = rows<ModuleState>(modules, "slug");
  const page = pageAddress(url);
  return states === null || page === null ? null : { modules: states, url: page };
}

/** Every problem that a server can answer. */
export const SERVER_CODES = Object.keys(READERS) as ServerCode[];

/** The problem of this code, with the members of the answer. Null: they do not fit the code. */
export function serverProblem<Code extends ServerCode>(
  code: Code,
  answer: unknown,
  message: string,
): Problem<Code> | null {
  const members = READERS[code](record(answer) ?? {});
  return members === null ? null : { code, message, ...members } as Problem<Code>;
}

export function notSignedIn(): Problem<"not_signed_in"> {
  return { code: "not_signed_in", message: "Sign in first: there is no valid session." };
}

export function unavailable(): Problem<"unavailable"> {
  return { code: "unavailable", message: "Not available at the moment. Try again shortly." };
}

export function unreachable(): Problem<"unreachable"> {
  return { code: "unreachable", message: "The server could not be reached." };
}

export function aborted(): Problem<"aborted"> {
  return { code: "aborted", message: "The call was aborted." };
}

/** A text of the answer may be anything, so only a word is taken as its code. */
export function unknown(status: number, code: unknown = null): Problem<"unknown"> {
  const serverCode = typeof code === "string" && /^[\w-]{1,64}$/.test(code) ? code : null;
  const named = serverCode === null ? "" : ` ${serverCode}`;
  return { code: "unknown", message: `Unexpected answer: ${status}${named}.`, status, serverCode };
}
