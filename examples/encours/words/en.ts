import type { Words } from "./words.ts";

export const en: Words = {
  language: "en",
  title: "My modules",
  loading: "Loading…",

  signIn: "Sign in",
  signUp: "Create an account",
  signOut: "Sign out",
  signedOut: "Sign in to see your modules, or create an account to get your first one.",
  email: "E-mail address",
  password: "Password",
  confirmEmail: "Almost there: open the link that we have just sent you by e-mail.",

  yours: "Yours",
  offered: "Also available",
  none: "You have no module yet. Choose one below: it opens here as soon as it is paid.",

  open: "Open",
  buy: "Buy",
  claim: "Get it for free",
  manage: "Manage subscription",
  close: "Close",

  states: {
    forEver: () => "Yours for good.",
    until: (date) => `Open until ${date}.`,
    subscribed: (date) => `Open with your subscription, at least until ${date}.`,
    ended: (date) => `Ended on ${date}.`,
    pending: () => "Your payment is on its way. The module opens here by itself.",
    free: () => "Free for members.",
  },
  closed: {
    denied: "Closed by us. Write to us if you think that is a mistake.",
    disputed: "Closed while your bank looks into the payment.",
    refunded: "Closed: your money has gone back to you.",
    canceled: "Your subscription has ended.",
    unpaid: "Closed: the last invoice is unpaid.",
    paused: "Your subscription is paused.",
    payment_failed: "The payment did not go through; you were not charged.",
    past_due_expired: "Closed: the last payment is overdue.",
    revoked: "Taken back by us.",
  },
  closedSomehow: "Closed at present.",

  hasOpened: (title) => `${title} is open.`,
  hasClosed: (title) => `${title} is closed.`,
  wayBack: {
    paid: "Thank you. Your payment has arrived.",
    processing: "Thank you. Your payment is on its way; this page follows it.",
    failed: "The payment did not go through; you were not charged.",
    unpaid: "You have not paid. Nothing was charged.",
  },

  choose: (title) => `Choose a price for ${title}`,
  once: (price) => `${price}, once`,
  each: (price, period) => `${price} per ${period}`,
  periods: { day: "day", week: "week", month: "month", year: "year" },

  tokenTitle: (title) => `${title} is open to you`,
  tokenHint: "The module’s own page would open now, and its server would check this token.",
  tokenTerms: {
    level: "Level",
    uses: "Uses left",
    unlimited: "no limit",
    expires: "Token valid until",
    token: "Token",
  },

  problems: {
    invalid_credentials: "This e-mail address and password do not belong together.",
    user_already_exists: "There is an account with this e-mail address already: sign in.",
    weak_password: "Choose a longer password.",
    email_not_confirmed: "First open the link in the e-mail that we sent you.",
    already_owned: "You have this module already; you need not pay again.",
    payment_pending: "Your payment is on its way already; you need not pay again.",
    subscription_stalled: "You have a subscription to this: manage that one.",
    not_for_sale: "This module cannot be bought at present.",
    denied: "This module is not open to you. Write to us if you think that is a mistake.",
    no_such_session: "We cannot find this payment among yours.",
    no_access: "This module is not open to you at present.",
    no_customer: "There is no subscription to manage yet.",
    not_signed_in: "Your session has ended. Sign in again.",
    unreachable: "No connection. This page tries again by itself.",
  },
  failed: "That did not work. Please try again in a moment.",
};
