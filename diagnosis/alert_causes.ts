/** What only an alert says: each kind that neither explain nor doctor prints. */

import type { Cause } from "./cause.ts";
import { move } from "./commands.ts";

export const ALERT_CAUSES: Readonly<Record<string, Cause>> = {
  dispute_unanswered: {
    en: {
      symptom: "A bank asks for its customer's money back.",
      cause:
        "A dispute waits for your answer, and for some days only; the access it is about is closed.",
      mend: "Answer it in Stripe: won, the access opens again by itself.",
    },
    fr: {
      symptom: "Une banque réclame l’argent de son client.",
      cause:
        "Une contestation attend votre réponse, et pour quelques jours seulement ; l’accès concerné est fermé.",
      mend: "Répondez dans Stripe : gagnée, l’accès se rouvre tout seul.",
    },
    command: null,
  },
  fraud_warning: {
    en: {
      symptom: "A card's issuer believes that a payment is fraud.",
      cause: "Stripe passed on an early fraud warning; a dispute often follows.",
      mend: "Look at the payment in Stripe, and refund it where you believe the issuer.",
    },
    fr: {
      symptom: "L’émetteur d’une carte croit qu’un paiement est frauduleux.",
      cause: "Stripe a transmis une alerte de fraude ; une contestation suit souvent.",
      mend: "Regardez le paiement dans Stripe, et remboursez-le si vous croyez l’émetteur.",
    },
    command: null,
  },
  buyers_differ: {
    en: {
      symptom: "One purchase names two users.",
      cause:
        "metadata.user_id of the session and of its payment differ; the session's is believed.",
      mend: "Mend the code that creates sessions; where the wrong one has the module, move it.",
    },
    fr: {
      symptom: "Un achat nomme deux utilisateurs.",
      cause:
        "metadata.user_id de la session et de son paiement diffèrent ; celui de la session compte.",
      mend:
        "Corrigez le code qui crée les sessions ; si le mauvais a le module, attribuez l’achat.",
    },
    command: move("the session named another user"),
  },
  claim_refunded: {
    en: {
      symptom: "A purchase that a link opened was refunded, or is in dispute.",
      cause: "Who held the claim link had the module, and the money went back to who had paid.",
      mend: "Nothing, if it was one and the same person; the access is closed.",
    },
    fr: {
      symptom: "Un achat ouvert par un lien a été remboursé, ou est contesté.",
      cause: "Le porteur du lien a eu le module, et l’argent est retourné à qui avait payé.",
      mend: "Rien, si c’était la même personne ; l’accès est fermé.",
    },
    command: null,
  },
};
