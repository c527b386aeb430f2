import type { Words } from "./shape.ts";

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
  confirmEmail: "Almost there: open the link that we just sent to your e-mail address.",

  yours: "Your modules",
  offered: "Also available",
  none: "You have no modules yet. Choose one below. It opens here as soon as you have paid.",

  open: "Open",
  buy: "Buy",
  claim: "Get it for free",
  manage: "Manage subscription",
  close: "Close",

  states: {
    forEver: () => "Yours forever.",
    until: (date) => `Open until ${date}.`,
    subscribed: (date) => `Open with your subscription, at least until ${date}.`,
    ended: (date) => `Ended on ${date}.`,
    pending: () => "We are processing your payment. The module opens here automatically.",
    free: () => "Free for members.",
  },
  closed: {
    denied: "We closed this module for you. Contact us if you think this is a mistake.",
    disputed: "Closed while your bank reviews the payment.",
    refunded: "Closed: your payment was refunded.",
    canceled: "Your subscription has ended.",
    unpaid: "Closed: the last invoice is not paid.",
    paused: "Your subscription is paused.",
    payment_failed: "The payment failed. You were not charged.",
    past_due_expired: "Closed: the last payment is overdue.",
    revoked: "We removed this module from your account.",
  },
  closedSomehow: "Not available at the moment.",

  hasOpened: (title) => `${title} is open.`,
  hasClosed: (title) => `${title} is closed.`,
  wayBack: {
    paid: "Thank you. We received your payment.",
    processing: "Thank you. We are processing your payment. This page updates automatically.",
    failed: "The payment failed. You were not charged.",
    unpaid: "You did not complete the payment. You were not charged.",
  },

  choose: (title) => `Choose a price for ${title}`,
  byUse: "Usage-based",
  forGood: (title) => `${title} (no end date)`,
  lasting: (title, duration) => `${title} for ${duration}`,
  each: (price, period) => `${price} per ${period}`,
  periods: { day: "day", week: "week", month: "month", year: "year" },
  every: (price, span) => `${price} every ${span}`,

  tokenTitle: (title) => `${title} is open`,
  tokenHint: "On a real site, the module’s own page opens now, and its server checks this token.",
  tokenTerms: {
    level: "Level",
    uses: "Uses left",
    unlimited: "no limit",
    expires: "Token valid until",
    token: "Token",
  },

  problems: {
    invalid_credentials: "Wrong e-mail address or password.",
    user_already_exists: "An account with this e-mail address already exists. Sign in instead.",
    weak_password: "Choose a longer password.",
    email_not_confirmed: "Open the link in the e-mail that we sent you first.",
    already_owned: "You already have this module. You do not need to pay again.",
    payment_pending: "We are already processing your payment. You do not need to pay again.",
    subscription_stalled:
      "You already have a subscription to this module. Manage that subscription instead.",
    other_currency: "You have a subscription in another currency. Contact us to buy this module.",
    not_for_sale: "This module is not for sale at the moment.",
    denied: "You cannot use this module. Contact us if you think this is a mistake.",
    no_such_session: "We cannot find this payment in your account.",
    no_access: "You do not have access to this module at the moment.",
    no_customer: "You have no subscription to manage yet.",
    not_signed_in: "Your session has ended. Sign in again.",
    unreachable: "No connection. This page retries automatically.",
  },
  failed: "Something went wrong. Please try again in a moment.",
};
