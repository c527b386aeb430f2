/** Who bought it: names, customers known from elsewhere, addresses and claims. */

import type { Mutant } from "../mutant.ts";

export const BUYERS: readonly Mutant[] = [
  {
    name: "no customer is known from elsewhere",
    scenario: 131,
    chapter: "claims",
    text: "select array_agg(distinct name)",
    instead: "select null::text[]",
  },
  {
    name: "of two users that a customer names, one is taken",
    scenario: 133,
    chapter: "claims",
    text: "select array_agg(distinct name)",
    instead: "select array[min(name)]",
  },
  {
    name: "a customer is known from what was bought at any time",
    scenario: 132,
    chapter: "claims",
    text: "where named_from <= until and",
    instead: "where",
  },
  {
    name: "a name counts from the day its object was made, whenever it was written",
    scenario: 134,
    chapter: "claims",
    text: "case when object.unnamed_at < object.user_ref_at then object.user_ref_at",
    instead: "case when false then object.user_ref_at",
  },
  {
    name: "a name counts from the day it was told, although it had been there",
    scenario: 201,
    chapter: "claims",
    text: "else coalesce(object.created_at, object.user_ref_at)",
    instead: "else object.user_ref_at",
  },
  {
    name: "a name that is an address names nobody",
    scenario: 137,
    chapter: "claims",
    text: "email := sesame.as_email(v_name);",
    instead: "email := null;",
  },
  {
    name: "a claim by another address beats a name that is one",
    scenario: 202,
    chapter: "claims",
    text: "when claimed.way <> 'email' or claimed.address_hash = v_address then true",
    instead: "when true then true",
  },
  {
    name: "where two addresses are known, who claimed first is the buyer",
    scenario: 195,
    chapter: "claims",
    text: "when v_name is null then claimed.address_hash <> all (v_others)",
    instead: "when v_name is null then true",
  },
  {
    name: "a claim by a typed address beats an address that is known",
    scenario: 197,
    chapter: "claims",
    text: "else v_nearest is not null or v_name = 'erased' or v_named_at > claimed.claimed_at",
    instead: "else true",
  },
  {
    name: "a known address is no name from elsewhere",
    scenario: 141,
    chapter: "claims",
    text: "sesame.as_uuid(object.user_ref)::text, sesame.as_email(object.user_ref)\n",
    instead: "sesame.as_uuid(object.user_ref)::text\n",
  },
  {
    name: "a claim counts for more than a name",
    scenario: 61,
    chapter: "claims",
    text: "if v_claim.way is not distinct from 'operator' then",
    instead: "if v_claim.way is not null then",
  },
  {
    name: "a customer counts for more than the metadata of a sale",
    scenario: 204,
    chapter: "buyers",
    text:
      "session.user_ref, subscription.user_ref, invoice.user_ref, customer.user_ref,\n      case when",
    instead:
      "customer.user_ref, session.user_ref, subscription.user_ref, invoice.user_ref,\n      case when",
  },
  {
    name: "an invoice lends no buyer to its subscription",
    scenario: 205,
    chapter: "buyers",
    text: "coalesce(told.user_ref, told.subscription_user_ref) as user_ref",
    instead: "null::text as user_ref",
  },
  {
    name: "a purchase does not look for its account",
    scenario: 60,
    chapter: "fold",
    text: "perform sesame.claim_for_members(v_addresses);",
    instead: "perform 1;",
  },
  {
    name: "an account does not look for its purchases",
    scenario: 60,
    chapter: "welcome_user",
    text: "perform sesame.claim_grants(array[new.id], array[v_address]);",
    instead: "perform 1;",
  },
];
