type Phrase = (filling: string) => string;
type Sums = (good: number, bad: number) => string;
/** What the two colours of a chart mean, each with its number. */
type Colours = [good: (number: number) => string, bad: (number: number) => string];

/** The page's own words in one language. The words of a code are in diagnosis/codes.ts. */
export interface Words {
  language: string;
  /** In which language the words of codes are. */
  causes: "en" | "fr";
  title: string;
  key: string;
  keyHint: string;
  enter: string;
  leave: string;
  well: string;
  needed(alerts: number): string;
  troubled: Record<string, string>;

  needs: string;
  needsNothing: string;
  since: Phrase;
  replay: string;
  replayed: Phrase;
  stillFailed: Phrase;
  explain: string;
  dismiss: string;
  dismissed: string;
  actor: string;
  why: string;
  cancel: string;

  figures: string;
  tiles: Record<
    "success" | "events" | "failed" | "lag" | "slowest" | "pending" | "buyers" | "tokens",
    string
  >;
  latency: Phrase;
  refusals: string;
  /** What was refused, after its number. */
  refused: Record<string, string>;
  probably: Phrase;
  refusalCauses: Record<string, string>;
  hours: string;
  hoursLabel: Sums;
  hoursLegend: Colours;
  days: string;
  daysLabel: Sums;
  daysLegend: Colours;

  asking: string;
  who: string;
  module: string;
  moduleHint: string;
  ask: string;
  open: string;
  lackedByNone: string;

  problems: Record<string, string>;
  failed: string;
}

const en: Words = {
  language: "en",
  causes: "en",
  title: "Payments and access",
  key: "Secret key of the project",
  keyHint: "sb_secret_…, from the project's settings. Closing this tab deletes it.",
  enter: "Enter",
  leave: "Forget the key",
  well: "All is well",
  needed: (alerts) =>
    alerts === 1 ? "One alert needs your attention" : `${alerts} alerts need your attention`,
  troubled: {
    events_failed: "An event has been failing for more than ten minutes",
    events_waiting: "An event has waited for more than five minutes",
    silence: "No event for longer than usual",
    refused: "Deliveries that Stripe signed are refused",
  },

  needs: "Needs your attention",
  needsNothing: "Nothing. Every paid module is open, and there is no alert.",
  since: (moment) => `since ${moment}`,
  replay: "Replay",
  replayed: (id) => `${id} is applied.`,
  stillFailed: (detail) => `It still fails: ${detail}.`,
  explain: "Explain",
  dismiss: "Dismiss",
  dismissed: "Dismissed.",
  actor: "Your name",
  why: "Why no action is needed",
  cancel: "Cancel",

  figures: "The last 24 hours",
  tiles: {
    success: "webhook success rate",
    events: "events from Stripe",
    failed: "could not be applied",
    lag: "from Stripe to access, median",
    slowest: "from Stripe to access, 99th percentile",
    pending: "to be read from Stripe",
    buyers: "purchases without a buyer",
    tokens: "tokens without an owner",
  },
  latency: (route) => `${route}, 95th percentile`,
  refusals: "Refused requests to the webhook",
  refused: {
    no_match: "with a signature that matches no secret",
    out_of_time: "with a signature more than five minutes off",
    too_large: "with a body that is too large",
    too_slow: "with a body that did not arrive",
    not_json: "signed, but not JSON",
    not_an_event: "signed, but not an event",
    unsigned: "without a signature: not from Stripe",
    malformed: "with a signature that is not from Stripe",
    wrong_method: "with another method than POST: not from Stripe",
  },
  probably: (cause) => `probably ${cause}`,
  refusalCauses: {
    wrong_secret: "another secret than STRIPE_WEBHOOK_SECRET",
    thin_secret: "the secret of an endpoint for thin events, which is not set",
    connect_secret: "the secret of an endpoint for connected accounts, which is not set",
    other_mode_secret: "an endpoint of the other mode (test, live)",
    body_changed: "a body that was changed on the way",
    clock: "a wrong clock, or a delayed delivery",
  },
  hours: "Events by the hour",
  hoursLabel: (good, bad) => `In 24 hours ${good} events were applied and ${bad} failed.`,
  hoursLegend: [(number) => `${number} applied`, (number) => `${number} failed`],
  days: "Access opened and closed by the day",
  daysLabel: (good, bad) => `In 30 days ${good} accesses were opened or changed and ${bad} closed.`,
  daysLegend: [(number) => `${number} opened or changed`, (number) => `${number} closed`],

  asking: "“I paid and my module is not there”",
  who: "Address, user, or a Stripe id",
  module: "Module",
  moduleHint:
    "Without a module, the page shows everything that belongs to the address or the id. To see who lacks a module, type its name above.",
  ask: "Why?",
  open: "It is open.",
  lackedByNone: "No customer lacks it.",

  problems: {
    secret_key_needed: "This is not the secret key of this project.",
    unreachable: "The project does not answer. Trying again.",
    unavailable: "The database is busy. Trying again.",
    no_such_failure: "This event has not failed, or it was replayed already.",
    invalid_request: "Enter an address, a user, a module, or a Stripe id.",
  },
  failed: "Something went wrong. See the log of the function health.",
};

const fr: Words = {
  language: "fr",
  causes: "fr",
  title: "Paiements et accès",
  key: "Clé secrète du projet",
  keyHint: "sb_secret_…, dans les réglages du projet. Elle est effacée à la fermeture de l’onglet.",
  enter: "Continuer",
  leave: "Oublier la clé",
  well: "Tout va bien",
  needed: (alerts) => alerts === 1 ? "Une alerte à traiter" : `${alerts} alertes à traiter`,
  troubled: {
    events_failed: "Un événement échoue depuis plus de dix minutes",
    events_waiting: "Un événement attend depuis plus de cinq minutes",
    silence: "Aucun événement depuis plus longtemps que d’habitude",
    refused: "Des envois signés par Stripe sont refusés",
  },

  needs: "À traiter",
  needsNothing: "Rien. Chaque module payé est ouvert, et il n’y a aucune alerte.",
  since: (moment) => `depuis ${moment}`,
  replay: "Rejouer",
  replayed: (id) => `${id} est appliqué.`,
  stillFailed: (detail) => `Il échoue encore : ${detail}.`,
  explain: "Expliquer",
  dismiss: "Écarter",
  dismissed: "Écarté.",
  actor: "Votre nom",
  why: "Pourquoi aucune action n’est nécessaire",
  cancel: "Annuler",

  figures: "Les dernières 24 heures",
  tiles: {
    success: "taux de succès des webhooks",
    events: "événements de Stripe",
    failed: "n’ont pas pu être appliqués",
    lag: "de Stripe à l’accès (médiane)",
    slowest: "de Stripe à l’accès (99e centile)",
    pending: "à relire chez Stripe",
    buyers: "achats sans acheteur",
    tokens: "jetons sans propriétaire",
  },
  latency: (route) => `${route} (95e centile)`,
  refusals: "Requêtes refusées par le webhook",
  refused: {
    no_match: "dont la signature ne correspond à aucun secret",
    out_of_time: "dont la signature est décalée de plus de cinq minutes",
    too_large: "au corps trop volumineux",
    too_slow: "dont le corps n’est pas arrivé",
    not_json: "signées, mais dont le corps n’est pas du JSON",
    not_an_event: "signées, mais dont le corps n’est pas un événement",
    unsigned: "sans signature : elles ne viennent pas de Stripe",
    malformed: "avec une signature qui ne vient pas de Stripe",
    wrong_method: "avec une autre méthode que POST : elles ne viennent pas de Stripe",
  },
  probably: (cause) => `probablement ${cause}`,
  refusalCauses: {
    wrong_secret: "un autre secret que STRIPE_WEBHOOK_SECRET",
    thin_secret:
      "le secret d’un point de terminaison pour événements légers (thin), qui n’est pas renseigné",
    connect_secret:
      "le secret d’un point de terminaison pour comptes connectés, qui n’est pas renseigné",
    other_mode_secret: "un point de terminaison de l’autre mode (test, réel)",
    body_changed: "un corps modifié en chemin",
    clock: "une horloge mal réglée, ou un envoi retardé",
  },
  hours: "Événements heure par heure",
  hoursLabel: (good, bad) => `En 24 heures, ${good} événements appliqués et ${bad} en échec.`,
  hoursLegend: [(number) => `${number} appliqués`, (number) => `${number} en échec`],
  days: "Accès ouverts et fermés jour par jour",
  daysLabel: (good, bad) => `En 30 jours, ${good} accès ouverts ou changés et ${bad} fermés.`,
  daysLegend: [(number) => `${number} ouverts ou changés`, (number) => `${number} fermés`],

  asking: "« J’ai payé et mon module n’est pas là »",
  who: "Adresse, utilisateur, ou identifiant de Stripe",
  module: "Module",
  moduleHint:
    "Sans module, la page montre tout ce qui dépend de l’adresse ou de l’identifiant. Pour voir à qui un module manque, saisissez son nom ci-dessus.",
  ask: "Pourquoi ?",
  open: "L’accès est ouvert.",
  lackedByNone: "Ce module ne manque à aucun client.",

  problems: {
    secret_key_needed: "Ce n’est pas la clé secrète de ce projet.",
    unreachable: "Le projet ne répond pas. Nouvelle tentative en cours.",
    unavailable: "La base de données est occupée. Nouvelle tentative en cours.",
    no_such_failure: "Cet événement n’a pas échoué, ou il a déjà été rejoué.",
    invalid_request:
      "Saisissez une adresse, un utilisateur, un module ou un identifiant de Stripe.",
  },
  failed: "Une erreur est survenue. Consultez le journal de la fonction health.",
};

/** The words for a browser's language, or English. */
export function wordsFor(language: string): Words {
  if (/^fr\b/i.test(language)) return { ...fr, language };
  return /^en\b/i.test(language) ? { ...en, language } : en;
}
