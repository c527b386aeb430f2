/** The links of the chain from a payment to a page, in the order of explain_module_access. */

/** The text of each link that is not broken. */
export const LINKS = {
  module: { en: "the module exists", fr: "le module existe" },
  account: { en: "the account exists", fr: "le compte existe" },
  delivered: { en: "delivered and signed by Stripe", fr: "livré et signé par Stripe" },
  understood: { en: "understood and applied", fr: "compris et appliqué" },
  mapped: { en: "what was sold opens a module", fr: "ce qui a été vendu ouvre un module" },
  buyer: { en: "the buyer is known", fr: "l’acheteur est connu" },
  decision: { en: "the sources say open", fr: "les sources ouvrent l’accès" },
  access: { en: "module_access says the same", fr: "module_access dit la même chose" },
  reading: { en: "the member may read it", fr: "le membre a le droit de le lire" },
  uses: { en: "uses are left", fr: "il reste des utilisations" },
  /** The answer about an id of Stripe's that leads to no user. */
  purchase: { en: "the purchase", fr: "l’achat" },
} as const satisfies Record<string, Record<"en" | "fr", string>>;

export type LinkName = keyof typeof LINKS;
