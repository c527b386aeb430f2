/** Makes events as large as Stripe's own: adds all fields that the event builders leave out. */

import type { StripeEvent } from "../../stripe/events.ts";

/** The same event with all other fields that Stripe sends. */
export function fullSize(event: StripeEvent): StripeEvent {
  const { object } = event.data;
  return { ...event, data: { ...event.data, object: { ...REST[object.object], ...object } } };
}

/** Fields that are mostly null. */
function nulls(names: string): Record<string, null> {
  return Object.fromEntries(names.trim().split(/\s+/).map((name) => [name, null]));
}

const BILLING_DETAILS = {
  address: {
    city: "Lyon",
    country: "FR",
    line1: "12 rue de la République",
    line2: null,
    postal_code: "69002",
    state: null,
  },
  email: "a.long.but.ordinary.name@customer.example",
  name: "A Customer of Ordinary Length",
  phone: null,
  tax_id: null,
};

const AUTOMATIC_TAX = { enabled: false, disabled_reason: null, liability: null, status: null };

const CARD = {
  amount_authorized: 2900,
  brand: "visa",
  checks: { address_line1_check: null, address_postal_code_check: "pass", cvc_check: "pass" },
  exp_month: 12,
  exp_year: 2030,
  fingerprint: "Xt5EWLLDS7FJjR1c",
  last4: "4242",
  network_token: { used: false },
  three_d_secure: { authentication_flow: "frictionless", result: "authenticated" },
  ...nulls("authorization_code installments mandate overcapture partial_authorization wallet"),
  country: "FR",
  funding: "credit",
  network: "visa",
  network_transaction_id: "104557651805572",
  regulated_status: "unregulated",
};

const PRICE = {
  active: true,
  billing_scheme: "per_unit",
  currency: "eur",
  livemode: false,
  product: "prod_TLongEnoughToBeReal",
  recurring: { interval: "month", interval_count: 1, meter: null, usage_type: "licensed" },
  tax_behavior: "exclusive",
  type: "recurring",
  unit_amount_decimal: "900",
  metadata: {},
  ...nulls("custom_unit_amount lookup_key nickname tiers_mode transform_quantity"),
};

const URL_PART = "fidkdWxOYHwnPyd1blpxYHZxWjA0".repeat(8);

/** By the `object` of an API object. */
const REST: Record<string, Record<string, unknown>> = {
  "checkout.session": {
    ...nulls(`adaptive_pricing after_expiration allow_promotion_codes billing_address_collection
      client_secret collected_information consent consent_collection currency_conversion
      customer_account discounts invoice_creation locale origin_context payment_link
      permissions phone_number_collection recovered_from return_url saved_payment_method_options
      setup_intent shipping_address_collection shipping_cost submit_type wallet_options`),
    amount_subtotal: 2900,
    automatic_tax: { ...AUTOMATIC_TAX, provider: null },
    branding_settings: {
      background_color: "#ffffff",
      border_style: "rounded",
      button_color: "#0074d4",
      display_name: "A Shop",
      font_family: "default",
      icon: null,
      logo: null,
    },
    cancel_url: "https://shop.example/modules?checkout=cancelled",
    custom_fields: [],
    custom_text: nulls("after_submit shipping_address submit terms_of_service_acceptance"),
    customer_creation: "if_required",
    customer_details: { ...BILLING_DETAILS, tax_exempt: "none", tax_ids: [] },
    expires_at: 1_900_000_000,
    livemode: false,
    payment_method_collection: "if_required",
    payment_method_configuration_details: { id: "pmc_1LongEnoughToBeReal", parent: null },
    payment_method_options: { card: { request_three_d_secure: "automatic" } },
    payment_method_types: ["card", "link", "klarna", "bancontact"],
    shipping_options: [],
    success_url: "https://shop.example/encours?session_id={CHECKOUT_SESSION_ID}",
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: "hosted",
    url: `https://checkout.stripe.com/c/pay/cs_test#${URL_PART}`,
  },
  "payment_intent": {
    ...nulls(`application application_fee_amount canceled_at cancellation_reason customer_account
      description excluded_payment_method_types last_payment_error next_action on_behalf_of
      processing receipt_email review setup_future_usage shipping source statement_descriptor
      statement_descriptor_suffix transfer_data transfer_group`),
    amount_capturable: 0,
    amount_details: { shipping: { amount: 0 }, tax: { total_tax_amount: 0 }, tip: {} },
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    capture_method: "automatic_async",
    client_secret: "pi_3LongEnoughToBeReal_secret_7ymd4TnqMNqcGzKf",
    confirmation_method: "automatic",
    livemode: false,
    payment_details: { customer_reference: null, order_reference: "prod_TLongEnoughToBeReal" },
    payment_method: "pm_1LongEnoughToBeReal",
    payment_method_configuration_details: { id: "pmc_1LongEnoughToBeReal", parent: null },
    payment_method_options: {
      card: { ...nulls("installments mandate_options network"), request_three_d_secure: "auto" },
      klarna: { preferred_locale: null },
      link: { persistent_token: null },
    },
    payment_method_types: ["card", "link", "klarna", "bancontact"],
  },
  "charge": {
    ...nulls(`application application_fee application_fee_amount customer_account description
      destination dispute failure_balance_transaction failure_code failure_message on_behalf_of
      order receipt_email receipt_number review shipping source source_transfer
      statement_descriptor statement_descriptor_suffix transfer_data transfer_group`),
    balance_transaction: "txn_3LongEnoughToBeReal",
    billing_details: BILLING_DETAILS,
    calculated_statement_descriptor: "A SHOP",
    disputed: false,
    fraud_details: {},
    livemode: false,
    outcome: {
      advice_code: null,
      network_status: "approved_by_network",
      reason: null,
      risk_level: "normal",
      risk_score: 31,
      seller_message: "Payment complete.",
      type: "authorized",
    },
    payment_method: "pm_1LongEnoughToBeReal",
    payment_method_details: { card: CARD, type: "card" },
    radar_options: {},
    receipt_url: `https://pay.stripe.com/receipts/payment/${URL_PART}`,
  },
  "subscription": {
    ...nulls(`application application_fee_percent billing_cycle_anchor_config billing_thresholds
      cancellation_details collection_pause customer_account days_until_due default_source
      description next_pending_invoice_item_invoice on_behalf_of pause_collection
      pending_invoice_item_interval pending_setup_intent pending_update schedule
      test_clock transfer_data trial_start`),
    automatic_tax: AUTOMATIC_TAX,
    billing_cycle_anchor: 1_760_000_000,
    billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
    collection_method: "charge_automatically",
    currency: "eur",
    default_payment_method: "pm_1LongEnoughToBeReal",
    default_tax_rates: [],
    discounts: [],
    invoice_settings: { account_tax_ids: null, issuer: { type: "self" } },
    livemode: false,
    payment_settings: {
      payment_method_options: {
        ...nulls("acss_debit bancontact customer_balance konbini payto sepa_debit"),
        card: { network: null, request_three_d_secure: "automatic" },
      },
      payment_method_types: ["card"],
      save_default_payment_method: "on_subscription",
    },
    plan: { ...PRICE, object: "plan", amount: 900, usage_type: "licensed" },
    quantity: 1,
    start_date: 1_760_000_000,
    trial_settings: { end_behavior: { missing_payment_method: "create_invoice" } },
  },
  "invoice": {
    ...nulls(`amount_overpaid application automatically_finalizes_at custom_fields
      customer_account customer_phone customer_shipping default_payment_method default_source
      description due_date ending_balance footer from_invoice last_finalization_error
      latest_revision next_payment_attempt on_behalf_of receipt_number rendering shipping_cost
      shipping_details statement_descriptor test_clock`),
    account_country: "FR",
    account_name: "A Shop",
    attempt_count: 1,
    attempted: true,
    automatic_tax: { ...AUTOMATIC_TAX, provider: null },
    billing_reason: "subscription_cycle",
    collection_method: "charge_automatically",
    customer_address: BILLING_DETAILS.address,
    customer_email: BILLING_DETAILS.email,
    customer_name: BILLING_DETAILS.name,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_tax_rates: [],
    discounts: [],
    effective_at: 1_760_000_000,
    hosted_invoice_url: `https://invoice.stripe.com/i/acct_1LongEnough/test_${URL_PART}?s=ap`,
    invoice_pdf: `https://pay.stripe.com/invoice/acct_1LongEnough/test_${URL_PART}/pdf?s=ap`,
    issuer: { type: "self" },
    livemode: false,
    number: "ABCD1234-0042",
    payment_settings: nulls("default_mandate payment_method_options payment_method_types"),
    period_end: 1_760_000_000,
    period_start: 1_757_400_000,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    starting_balance: 0,
    status_transitions: {
      finalized_at: 1_760_000_000,
      marked_uncollectible_at: null,
      paid_at: 1_760_000_003,
      voided_at: null,
    },
    subtotal: 900,
    subtotal_excluding_tax: 900,
    total: 900,
    total_discount_amounts: [],
    total_excluding_tax: 900,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  },
};
