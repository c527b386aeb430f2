/** The alerts of the database, beside those for examined codes and refusals. */

import type { Cause } from "../cause.ts";
import { move } from "../commands.ts";
import { task } from "../task_command.ts";

export const ALERTS = {
  webhook_silent: {
    severity: "error",
    alert: "critical",
    order: 1400,
    fixedBy: null,
    command: task("doctor --fix"),
    en: {
      symptom: "Nothing has come from Stripe for longer than usual.",
      cause: "No customer buys, or Stripe's deliveries no longer arrive: the endpoint is " +
        "disabled, its URL is wrong, or the function does not exist.",
      fix: "Run the doctor. If it finds nothing else, no customer has bought anything.",
    },
    fr: {
      symptom: "Rien n’est venu de Stripe depuis plus longtemps que d’habitude.",
      cause: "Aucun client n’achète, ou les envois de Stripe n’arrivent plus : le point de " +
        "terminaison est désactivé, son URL est fausse, ou la fonction n’existe plus.",
      fix: "Lancez le diagnostic. S’il ne trouve rien d’autre, aucun client n’a acheté.",
    },
  },
  dispute_unanswered: {
    severity: "error",
    alert: "critical",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: "A bank asks for its customer's money back.",
      cause: "A dispute waits for your answer, and only for some days. The access that it " +
        "concerns is closed.",
      fix: "Answer it in Stripe. If you win it, the access opens again by itself.",
    },
    fr: {
      symptom: "Une banque réclame l’argent de son client.",
      cause: "Une contestation attend votre réponse, pendant quelques jours seulement. L’accès " +
        "concerné est fermé.",
      fix: "Répondez dans Stripe. Si vous la gagnez, l’accès se rouvre tout seul.",
    },
  },
  fraud_warning: {
    severity: "error",
    alert: "warning",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: "The issuer of a card believes that a payment is fraud.",
      cause: "Stripe sent an early fraud warning. A dispute often follows.",
      fix: "Look at the payment in Stripe. Refund it if you believe the issuer.",
    },
    fr: {
      symptom: "L’émetteur d’une carte croit qu’un paiement est frauduleux.",
      cause: "Stripe a transmis une alerte de fraude. Une contestation suit souvent.",
      fix: "Regardez le paiement dans Stripe. Remboursez-le si vous croyez l’émetteur.",
    },
  },
  buyers_differ: {
    severity: "error",
    alert: "warning",
    order: null,
    fixedBy: null,
    command: move("the session named another user"),
    en: {
      symptom: "One purchase names two users.",
      cause: "metadata.user_id of the session and of its payment differ. Sesame uses that of the" +
        " session.",
      fix: "Correct the code that creates sessions. If the wrong user has the module, move the" +
        " purchase.",
    },
    fr: {
      symptom: "Un achat nomme deux utilisateurs.",
      cause: "metadata.user_id de la session et de son paiement diffèrent. Sesame utilise celui " +
        "de la session.",
      fix: "Corrigez le code qui crée les sessions. Si le mauvais utilisateur a le module, " +
        "attribuez l’achat.",
    },
  },
  claim_refunded: {
    severity: "error",
    alert: "notice",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: "A purchase that was claimed by a link was refunded, or is in dispute.",
      cause: "The holder of the claim link had the module, and the money went back to the payer.",
      fix: "Do nothing if both are the same person. The access is closed.",
    },
    fr: {
      symptom: "Un achat réclamé par un lien a été remboursé, ou est contesté.",
      cause: "Le porteur du lien a eu le module, et l’argent est retourné au payeur.",
      fix: "Rien à faire si c’est la même personne. L’accès est fermé.",
    },
  },
  deliveries_failing: {
    severity: "error",
    alert: "warning",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: "A server that should hear about access is not reached.",
      cause:
        "An endpoint of outgoing webhooks has not answered 2xx for an hour. After three days, " +
        "or if it answers 410, it is disabled.",
      fix: "Read its answers: select * from sesame_webhook_log(). Correct the server, enable the " +
        "endpoint with sesame_enable_webhook_endpoint, and send what it missed with " +
        "sesame_replay_webhooks.",
    },
    fr: {
      symptom: "Un serveur qui doit apprendre les accès n’est pas joint.",
      cause: "Un point de terminaison de webhooks sortants n’a pas répondu 2xx depuis une heure. " +
        "Au bout de trois jours, ou s’il répond 410, il est désactivé.",
      fix: "Lisez ses réponses : select * from sesame_webhook_log(). Corrigez le serveur, " +
        "réactivez le point avec sesame_enable_webhook_endpoint, et renvoyez ce qu’il a manqué " +
        "avec sesame_replay_webhooks.",
    },
  },
} as const satisfies Record<string, Cause>;
