/** Stripe's errors. */

export interface ErrorFields {
  type?: string;
  code?: string;
  param?: string;
  message: string;
}

export const DECLINED = { code: "card_declined", message: "Your card was declined." };

/** A request that Stripe would refuse, with its answer. */
export class StripeError extends Error {
  override name = "StripeError";

  constructor(readonly status: number, readonly fields: ErrorFields) {
    super(fields.message);
  }
}

/** An invalid request. */
export function invalidRequest(message: string, more: Partial<ErrorFields> = {}): StripeError {
  return new StripeError(400, { ...more, message });
}

/** As Stripe words it: `No such customer: 'cus_1'`. By path it is a 404, in a parameter a 400. */
export function noSuch(kind: string, id: string, param = "id"): StripeError {
  const word = kind === "checkout.session" ? kind : kind.replaceAll("_", " ");
  return new StripeError(param === "id" ? 404 : 400, {
    code: "resource_missing",
    param,
    message: `No such ${word}: '${id}'`,
  });
}

/** A valid request that the bank declines. */
export function cardDeclined(): StripeError {
  return new StripeError(402, { type: "card_error", ...DECLINED });
}

/** Too many requests at once. */
export function rateLimited(): StripeError {
  return new StripeError(429, {
    type: "rate_limit_error",
    code: "rate_limit",
    message: "Request rate limit exceeded. Learn more about rate limits.",
  });
}

/** The body of the answer. */
export function errorBody({ fields }: StripeError) {
  const { code, type = "invalid_request_error", ...rest } = fields;
  const doc = code === undefined
    ? {}
    : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` };
  return { error: { ...doc, ...rest, type } };
}
