/** Problems between Stripe and the project: the key, the endpoint, its deliveries. */

import { afterPutting, setSecrets } from "../commands.ts";
import type { Cause } from "../cause.ts";
import { task } from "../task_command.ts";

export const STRIPE = {
  not_at_stripe: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("explain <source id> --env-file <file with the keys of that account and mode>"),
    en: {
      symptom: "A receipt names a payment that neither Sesame nor Stripe knows.",
      cause: "Stripe has nothing with this id for this key.",
      fix: "Look for a typing error. Then check which account and which mode (test, live) it " +
        "comes from.",
    },
    fr: {
      symptom: "Un reçu cite un paiement que ni Sesame ni Stripe ne connaissent.",
      cause: "Stripe n’a rien avec cet identifiant pour cette clé.",
      fix: "Cherchez une faute de frappe, puis de quel compte et de quel mode (test, réel) il " +
        "vient.",
    },
  },
  stripe_key_refused: {
    severity: "error",
    order: 800,
    fixedBy: null,
    command: setSecrets("STRIPE_SECRET_KEY"),
    en: {
      symptom: "No customer can buy, and nothing is read from Stripe.",
      cause: "Stripe refuses STRIPE_SECRET_KEY. The key was withdrawn, or it may not read " +
        "webhook endpoints.",
      fix: "Create another key in the Dashboard, and set it.",
    },
    fr: {
      symptom: "Aucun client ne peut acheter, et rien n’est lu chez Stripe.",
      cause: "Stripe refuse STRIPE_SECRET_KEY. La clé a été retirée, ou ne peut pas lire les " +
        "points de terminaison.",
      fix: "Créez-en une autre dans le tableau de bord, et renseignez-la.",
    },
  },
  endpoint_missing: {
    severity: "error",
    order: 1000,
    fixedBy: "check",
    command: afterPutting(
      "STRIPE_SECRET_KEY",
      "setup.env",
      task("setup --ref <project ref> --site <your site> --env-file setup.env"),
    ),
    en: {
      symptom: "Nothing arrives from Stripe.",
      cause: "Stripe has no webhook endpoint for this project. The detail names the endpoints " +
        "that send elsewhere, for example to an old site.",
      fix: "Run setup to create it and to set its secret. Setup keeps what exists.",
    },
    fr: {
      symptom: "Rien n’arrive de Stripe.",
      cause: "Stripe n’a aucun point de terminaison pour ce projet. Le détail nomme ceux qui " +
        "envoient ailleurs, par exemple à l’ancien site.",
      fix: "Lancez setup pour le créer et renseigner son secret. Setup garde ce qui existe déjà.",
    },
  },
  endpoint_wrong_url: {
    severity: "error",
    order: 1000,
    fixedBy: "check",
    command: task("doctor --fix"),
    en: {
      symptom: "Nothing arrives from Stripe.",
      cause: "The endpoint in Stripe sends to another address.",
      fix: "Point it at this project.",
    },
    fr: {
      symptom: "Rien n’arrive de Stripe.",
      cause: "Le point de terminaison envoie à une autre adresse.",
      fix: "Dirigez-le vers ce projet.",
    },
  },
  endpoint_disabled: {
    severity: "error",
    order: 1001,
    fixedBy: "check",
    command: task("doctor --fix"),
    en: {
      symptom: "Nothing arrives from Stripe any more.",
      cause: "The endpoint is disabled. Stripe disables an endpoint after days of failures.",
      fix: "Enable it, then fetch what was missed.",
    },
    fr: {
      symptom: "Plus rien n’arrive de Stripe.",
      cause: "Le point de terminaison est désactivé. Stripe le fait après des jours d’échecs.",
      fix: "Activez-le, puis récupérez ce qui a été manqué.",
    },
  },
  event_types_missing: {
    severity: "error",
    order: 1002,
    fixedBy: "check",
    command: task("doctor --fix"),
    en: {
      symptom: "Some purchases, refunds or renewals never appear.",
      cause: "The endpoint does not listen to every event that Sesame needs.",
      fix: "Add the events that the detail names. The others stay.",
    },
    fr: {
      symptom: "Certains achats, remboursements ou renouvellements n’apparaissent jamais.",
      cause: "Le point de terminaison n’écoute pas tous les événements nécessaires.",
      fix: "Ajoutez ceux que nomme le détail. Les autres restent.",
    },
  },
  endpoint_too_old: {
    severity: "warning",
    order: 1003,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Events are read, and some fields are missing.",
      cause: "The endpoint's API version is older than any version that was tested.",
      fix: "Create an endpoint with a newer version.",
    },
    fr: {
      symptom: "Les événements sont lus, mais des champs manquent.",
      cause: "La version d’API du point de terminaison est plus ancienne que toutes celles " +
        "essayées.",
      fix: "Créez un point de terminaison plus récent.",
    },
  },
  event_types_superfluous: {
    severity: "note",
    order: 1004,
    fixedBy: null,
    command: null,
    en: {
      symptom: "More events arrive than Sesame reads.",
      cause: "The endpoint listens to events that do not affect access. This is harmless, but " +
        "each of them costs a request.",
      fix: "Keep them if another tool needs them. Otherwise remove in the Dashboard those that" +
        " the detail names. --fix never removes any.",
    },
    fr: {
      symptom: "Il arrive plus d’événements que Sesame n’en lit.",
      cause: "Le point de terminaison écoute des événements sans effet sur les accès. C’est sans" +
        " danger, mais chacun coûte une requête.",
      fix: "Laissez-les si un autre outil en a besoin. Sinon, retirez dans le tableau de bord " +
        "ceux que nomme le détail. --fix n’en retire jamais.",
    },
  },
  endpoint_duplicate: {
    severity: "warning",
    order: 1005,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Every event arrives twice.",
      cause: "Two endpoints send to this project. This is harmless, but it costs requests.",
      fix: "Remove the newer one in Stripe.",
    },
    fr: {
      symptom: "Chaque événement arrive deux fois.",
      cause: "Deux points de terminaison envoient à ce projet. C’est sans danger, mais cela " +
        "coûte des requêtes.",
      fix: "Supprimez le plus récent dans Stripe.",
    },
  },
  endpoint_other: {
    severity: "note",
    order: 1006,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Stripe also sends the same events elsewhere: to your old site, or to another tool.",
      cause: "Another enabled endpoint listens to events that Sesame reads. Two handlers for one" +
        " payment may do the work twice: two mails, two accesses, two tokens.",
      fix: "If it belongs to your old site, disable it in the Dashboard once Sesame's own " +
        "endpoint has delivered a payment. Keep it if it only forwards the raw body to " +
        "Sesame, as examples/next does. Keep the endpoints of other tools. --fix never " +
        "disables one.",
    },
    fr: {
      symptom: "Stripe envoie aussi les mêmes événements ailleurs : à votre ancien site, ou à un " +
        "autre outil.",
      cause: "Un autre point de terminaison actif écoute des événements que Sesame lit. Deux " +
        "traitements pour un même paiement peuvent faire le travail deux fois : deux " +
        "e-mails, deux accès, deux jetons.",
      fix: "Si c’est celui de votre ancien site, désactivez-le dans le tableau de bord dès que" +
        " celui de Sesame a livré un paiement. Gardez-le s’il ne fait que transmettre le " +
        "corps brut à Sesame, comme examples/next. Laissez ceux d’autres outils. --fix n’en" +
        " désactive jamais.",
    },
  },
  secret_differs: {
    severity: "error",
    order: 1100,
    fixedBy: "check",
    command: setSecrets("STRIPE_WEBHOOK_SECRET"),
    en: {
      symptom: "Every delivery gets 400 bad_signature.",
      cause: "The function's signing secret is not that of the endpoint. Each endpoint has its " +
        "own secret. An old site's .env holds that of the old site's endpoint.",
      fix: "Set STRIPE_WEBHOOK_SECRET to that of Sesame's endpoint.",
    },
    fr: {
      symptom: "Chaque envoi reçoit 400 bad_signature.",
      cause: "Le secret de la fonction n’est pas celui du point de terminaison. Chacun a le sien" +
        " : le .env de l’ancien site contient celui de l’ancien point de terminaison.",
      fix: "Donnez à STRIPE_WEBHOOK_SECRET celui du point de terminaison de Sesame.",
    },
  },
  mode_differs: {
    severity: "error",
    order: 1100,
    fixedBy: null,
    command: setSecrets("STRIPE_SECRET_KEY"),
    en: {
      symptom: "Payments arrive and open nothing.",
      cause: "The functions' key is from the other mode than the key given here. Live and test " +
        "do not mix.",
      fix: "Use the same mode for both.",
    },
    fr: {
      symptom: "Les paiements arrivent et n’ouvrent rien.",
      cause: "La clé des fonctions vient de l’autre mode que celle donnée ici. Test et réel ne " +
        "se mélangent pas.",
      fix: "Utilisez le même mode pour les deux.",
    },
  },
  webhook_failing: {
    severity: "error",
    order: 1100,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Stripe shows deliveries that fail.",
      cause: "The function did not accept a correctly signed event.",
      fix: "Look up the status and the code in docs/errors.md.",
    },
    fr: {
      symptom: "Stripe montre des envois en échec.",
      cause: "La fonction n’a pas accepté un événement bien signé.",
      fix: "Cherchez le statut et le code dans docs/errors.md.",
    },
  },
  event_never_arrived: {
    severity: "error",
    order: 1300,
    fixedBy: "reconcile",
    command: task("reconcile --all"),
    en: {
      symptom: "Stripe has an event that Sesame does not have.",
      cause: "It was never delivered, or something else answered it.",
      fix: "Fetch it.",
    },
    fr: {
      symptom: "Stripe a un événement que Sesame n’a pas.",
      cause: "Il n’a jamais été livré, ou autre chose y a répondu.",
      fix: "Récupérez-le.",
    },
  },
} as const satisfies Record<string, Cause>;
