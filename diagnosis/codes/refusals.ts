/** Why signed deliveries are refused, as sesame.webhook_refusal says. */

import { setSecrets } from "../commands.ts";
import type { Cause } from "../cause.ts";
import { task } from "../task_command.ts";

export const REFUSALS = {
  webhook_refused: {
    severity: "warning",
    alert: "critical",
    order: 1200,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Deliveries that carry Stripe's signature are refused, and the cause is not known.",
      cause: "They are too large, too late, not events, or not examined yet. They may also be " +
        "forged, because anyone can write a signature that does not match.",
      fix: "Compare with the deliveries of the endpoint in the Dashboard. If Stripe shows no " +
        "failure, they are forged and you can dismiss the alert.",
    },
    fr: {
      symptom: "Des envois qui portent la signature de Stripe sont refusés, sans cause connue.",
      cause: "Ils sont trop gros, trop tardifs, ne sont pas des événements, ou n’ont pas encore " +
        "été examinés. Ils peuvent aussi être contrefaits : n’importe qui peut écrire une " +
        "signature fausse.",
      fix: "Comparez avec les envois du point de terminaison dans le tableau de bord. Si " +
        "Stripe n’y montre aucun échec, ils sont contrefaits et l’alerte peut être écartée.",
    },
  },
  webhook_refused_secret: {
    severity: "error",
    alert: "critical",
    order: 1200,
    fixedBy: null,
    command: [
      setSecrets("STRIPE_WEBHOOK_SECRET"),
      task("reconcile"),
    ].join("\n"),
    en: {
      symptom: "No customer gets what they pay for. Deliveries get 400 bad_signature.",
      cause: "Recent, well-formed signatures match no secret in STRIPE_WEBHOOK_SECRET. The " +
        "endpoint signs with another secret, or something on the way changes the body.",
      fix: "Copy the endpoint's signing secret (Dashboard, Webhooks, the endpoint, Signing " +
        "secret) into STRIPE_WEBHOOK_SECRET of the function. Then run reconcile to fetch " +
        "what was missed. With dev --listen, use the secret that stripe listen prints.",
    },
    fr: {
      symptom: "Aucun client ne reçoit ce qu’il paie : les envois reçoivent 400 bad_signature.",
      cause: "Des signatures récentes et bien formées ne correspondent à aucun secret de " +
        "STRIPE_WEBHOOK_SECRET. Le point de terminaison signe avec un autre secret, ou un " +
        "intermédiaire modifie le corps.",
      fix: "Copiez le secret de signature du point de terminaison (tableau de bord, Webhooks, " +
        "le point de terminaison, Secret de signature) dans STRIPE_WEBHOOK_SECRET de la " +
        "fonction. Puis lancez reconcile pour récupérer ce qui a été manqué. Avec dev " +
        "--listen, utilisez le secret qu’affiche stripe listen.",
    },
  },
  webhook_refused_endpoint: {
    severity: "error",
    alert: "critical",
    order: 1200,
    fixedBy: null,
    command: setSecrets("every STRIPE_WEBHOOK_SECRET, separated by commas,"),
    en: {
      symptom: "Some deliveries get 400 bad_signature: those of another endpoint.",
      cause: "They match no secret, and they come from another endpoint: one for thin events, " +
        "for connected accounts, or of the other mode (test, live). Each endpoint has its " +
        "own secret.",
      fix: "Add that endpoint's signing secret to STRIPE_WEBHOOK_SECRET, separated by a comma." +
        " An endpoint of the other mode must not send here: disable it, or point it at a " +
        "separate project.",
    },
    fr: {
      symptom: "Certains envois reçoivent 400 bad_signature : ceux d’un autre point de " +
        "terminaison.",
      cause: "Ils ne correspondent à aucun secret et viennent d’un autre point de terminaison : " +
        "événements légers (thin), comptes connectés, ou autre mode (test, réel). Chaque " +
        "point de terminaison a son propre secret.",
      fix: "Ajoutez son secret de signature à STRIPE_WEBHOOK_SECRET, séparé par une virgule. " +
        "Un point de terminaison de l’autre mode ne doit pas envoyer ici : désactivez-le, " +
        "ou dirigez-le vers un autre projet.",
    },
  },
  webhook_refused_body: {
    severity: "error",
    alert: "critical",
    order: 1200,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Deliveries get 400 bad_signature, and the secret is right.",
      cause: "Something between Stripe and the function changes the body: a route of the site " +
        "that forwards parsed JSON, or a proxy. The signature is valid only for the exact " +
        "bytes that Stripe sent.",
      fix: "Forward the raw body and the stripe-signature header unchanged (in Next.js await " +
        "request.text(), never request.json()), or point the endpoint at the function " +
        "itself.",
    },
    fr: {
      symptom: "Les envois reçoivent 400 bad_signature, alors que le secret est bon.",
      cause: "Quelque chose modifie le corps entre Stripe et la fonction : une route du site qui" +
        " transmet du JSON déjà lu, ou un proxy. La signature ne vaut que pour les octets " +
        "exacts que Stripe a envoyés.",
      fix: "Transmettez le corps brut et l’en-tête stripe-signature tels quels (dans Next.js " +
        "await request.text(), jamais request.json()), ou dirigez le point de terminaison " +
        "vers la fonction elle-même.",
    },
  },
  webhook_refused_clock: {
    severity: "error",
    alert: "critical",
    order: 1200,
    fixedBy: null,
    command: task("doctor"),
    en: {
      symptom: "Good deliveries get 400 bad_signature because of their time.",
      cause: "The signature matches, but its time is more than five minutes off. The function's " +
        "clock is wrong, something holds deliveries back, or old deliveries are sent again.",
      fix: "Run the doctor to compare the clocks. Set the wrong clock, or remove what holds " +
        "deliveries back.",
    },
    fr: {
      symptom: "De bons envois reçoivent 400 bad_signature à cause de leur heure.",
      cause: "La signature correspond, mais son heure est décalée de plus de cinq minutes. " +
        "L’horloge de la fonction est fausse, un intermédiaire retient les envois, ou " +
        "d’anciens envois sont renvoyés.",
      fix: "Lancez le diagnostic pour comparer les horloges. Réglez celle qui est fausse, ou " +
        "supprimez ce qui retient les envois.",
    },
  },
} as const satisfies Record<string, Cause>;
