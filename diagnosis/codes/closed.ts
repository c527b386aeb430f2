/** Why a module that was open, or bought, is closed: the words of sesame.reason that close access. */

import type { Cause } from "../cause.ts";

const SYMPTOM = {
  en: "The module was open, or bought, and is closed.",
  fr: "Le module était ouvert, ou acheté, et il est fermé.",
};

export const CLOSED = {
  refunded: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "All the money was refunded.",
      fix: "Do nothing. If the refund fails at Stripe, the module opens again.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Tout l’argent a été remboursé.",
      fix: "Rien à faire. Si le remboursement échoue chez Stripe, le module se rouvre.",
    },
  },
  disputed: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The payment is in dispute, or the dispute was lost.",
      fix: "Answer the dispute in Stripe. If you win it, the module opens again by itself.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Le paiement est contesté, ou la contestation a été perdue.",
      fix: "Répondez à la contestation dans Stripe. Si vous la gagnez, le module se rouvre " +
        "tout seul.",
    },
  },
  canceled: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The subscription has ended.",
      fix: "Ask the customer to subscribe again.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "L’abonnement est terminé.",
      fix: "Proposez au client de s’abonner de nouveau.",
    },
  },
  unpaid: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "Stripe no longer tries to collect the renewal.",
      fix: "Ask the customer to pay the open invoice. The module opens again by itself.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Stripe ne tente plus d’encaisser le renouvellement.",
      fix: "Demandez au client de payer la facture ouverte. Le module se rouvre tout seul.",
    },
  },
  paused: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The subscription is paused.",
      fix: "Resume it in Stripe.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "L’abonnement est en pause.",
      fix: "Reprenez-le dans Stripe.",
    },
  },
  payment_failed: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The delayed payment has failed.",
      fix: "Ask the customer to buy again.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Le paiement différé a échoué.",
      fix: "Demandez au client d’acheter de nouveau.",
    },
  },
  pending_payment: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The money is on its way. A bank debit or a transfer takes days.",
      fix: "Wait. The module opens by itself.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "L’argent est en route. Un prélèvement ou un virement prend plusieurs jours.",
      fix: "Attendez. Le module s’ouvre tout seul.",
    },
  },
  past_due_expired: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The renewal failed, and the days of grace are over.",
      fix: "Ask the customer to update their card in the portal. Once the invoice is paid, the" +
        " module opens again.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Le renouvellement a échoué, et le délai de grâce est passé.",
      fix: "Demandez au client de mettre sa carte à jour dans le portail. Une fois la facture " +
        "payée, le module se rouvre.",
    },
  },
  expired: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The purchase was for a limited time, and that time is over.",
      fix: "Ask the customer to buy again.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "L’achat était limité dans le temps, et ce temps est écoulé.",
      fix: "Demandez au client d’acheter de nouveau.",
    },
  },
  unknown_status: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "Stripe uses a status that this version does not know.",
      fix: "Update Sesame. Until then the module stays closed.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Stripe emploie un statut que cette version ne connaît pas.",
      fix: "Mettez Sesame à jour. D’ici là, le module reste fermé.",
    },
  },
  revoked: {
    severity: "error",
    order: null,
    fixedBy: null,
    command:
      "select public.grant_module_access('<user id>', '<module>', '<you>', 'revoked by mistake')",
    en: {
      symptom: SYMPTOM.en,
      cause: "An operator revoked the access, or the site's own server wrote to module_access. " +
        "In the second case access_log says `written: …`.",
      fix: "If that was wrong, grant the module again.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Un opérateur a retiré l’accès, ou le serveur du site a écrit dans module_access. " +
        "Dans le second cas, access_log indique `written: …`.",
      fix: "Si c’était une erreur, accordez de nouveau le module.",
    },
  },
  denied: {
    severity: "error",
    order: null,
    fixedBy: null,
    command:
      "select public.grant_module_access('<user id>', '<module>', '<you>', 'the denial is over')",
    en: {
      symptom: SYMPTOM.en,
      cause: "An operator denied the module to this customer.",
      fix: "A grant lifts the denial.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Un opérateur a refusé le module à ce client.",
      fix: "Un accord lève le refus.",
    },
  },
} as const satisfies Record<string, Cause>;
