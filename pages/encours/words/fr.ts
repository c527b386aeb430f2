import type { Words } from "./shape.ts";

export const fr: Words = {
  language: "fr",
  title: "Mes modules",
  loading: "Chargement…",

  signIn: "Se connecter",
  signUp: "Créer un compte",
  signOut: "Se déconnecter",
  signedOut: "Connectez-vous pour voir vos modules, ou créez un compte pour obtenir le premier.",
  email: "Adresse e-mail",
  password: "Mot de passe",
  confirmEmail: "Presque terminé : ouvrez le lien que nous venons de vous envoyer par e-mail.",

  yours: "À vous",
  offered: "Également disponibles",
  none: "Vous n’avez pas encore de module. Choisissez-en un : il s’ouvre ici dès qu’il est payé.",

  open: "Ouvrir",
  buy: "Acheter",
  claim: "Obtenir gratuitement",
  manage: "Gérer l’abonnement",
  close: "Fermer",

  states: {
    forEver: () => "À vous pour toujours.",
    until: (date) => `Ouvert jusqu’au ${date}.`,
    subscribed: (date) => `Ouvert avec votre abonnement, au moins jusqu’au ${date}.`,
    ended: (date) => `Terminé le ${date}.`,
    pending: () => "Votre paiement est en cours. Le module s’ouvrira ici de lui-même.",
    free: () => "Gratuit pour les membres.",
  },
  closed: {
    denied: "Fermé par nos soins. Écrivez-nous si vous pensez que c’est une erreur.",
    disputed: "Fermé pendant que votre banque examine le paiement.",
    refunded: "Fermé : vous avez été remboursé.",
    canceled: "Votre abonnement est terminé.",
    unpaid: "Fermé : la dernière facture est impayée.",
    paused: "Votre abonnement est en pause.",
    payment_failed: "Le paiement n’a pas abouti ; vous n’avez pas été débité.",
    past_due_expired: "Fermé : le dernier paiement est en retard.",
    revoked: "Repris par nos soins.",
  },
  closedSomehow: "Fermé pour le moment.",

  hasOpened: (title) => `${title} est ouvert.`,
  hasClosed: (title) => `${title} est fermé.`,
  wayBack: {
    paid: "Merci. Votre paiement est arrivé.",
    processing: "Merci. Votre paiement est en cours ; cette page le suit.",
    failed: "Le paiement n’a pas abouti ; vous n’avez pas été débité.",
    unpaid: "Vous n’avez pas payé. Rien n’a été débité.",
  },

  choose: (title) => `Choisissez un tarif pour ${title}`,
  byUse: "Selon l’usage",
  forGood: (title) => `${title} pour toujours`,
  lasting: (title, duration) => `${title} pendant ${duration}`,
  each: (price, period) => `${price} par ${period}`,
  periods: { day: "jour", week: "semaine", month: "mois", year: "an" },
  every: (price, span, unit) => `${price} ${unit === "week" ? "toutes" : "tous"} les ${span}`,

  tokenTitle: (title) => `${title} vous est ouvert`,
  tokenHint: "La page du module s’ouvrirait maintenant, et son serveur vérifierait ce jeton.",
  tokenTerms: {
    level: "Niveau",
    uses: "Utilisations restantes",
    unlimited: "sans limite",
    expires: "Jeton valable jusqu’au",
    token: "Jeton",
  },

  problems: {
    invalid_credentials: "Cette adresse et ce mot de passe ne vont pas ensemble.",
    user_already_exists: "Il existe déjà un compte avec cette adresse : connectez-vous.",
    weak_password: "Choisissez un mot de passe plus long.",
    email_not_confirmed: "Ouvrez d’abord le lien que nous vous avons envoyé par e-mail.",
    already_owned: "Vous avez déjà ce module ; vous n’avez pas à payer de nouveau.",
    payment_pending: "Votre paiement est déjà en cours ; vous n’avez pas à payer de nouveau.",
    subscription_stalled: "Vous avez déjà un abonnement à ce module : gérez celui-là.",
    other_currency:
      "Vous avez un abonnement dans une autre devise. Écrivez-nous pour acheter celui-ci.",
    not_for_sale: "Ce module n’est pas en vente pour le moment.",
    denied: "Ce module ne vous est pas ouvert. Écrivez-nous si vous pensez que c’est une erreur.",
    no_such_session: "Nous ne trouvons pas ce paiement parmi les vôtres.",
    no_access: "Ce module ne vous est pas ouvert pour le moment.",
    no_customer: "Il n’y a pas encore d’abonnement à gérer.",
    not_signed_in: "Votre session est terminée. Connectez-vous de nouveau.",
    unreachable: "Pas de connexion. Cette page réessaie d’elle-même.",
  },
  failed: "Cela n’a pas marché. Veuillez réessayer dans un instant.",
};
