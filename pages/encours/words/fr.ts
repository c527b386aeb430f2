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
  confirmEmail: "Dernière étape : ouvrez le lien que nous venons de vous envoyer par e-mail.",

  yours: "Vos modules",
  offered: "Également disponibles",
  none:
    "Vous n’avez pas encore de module. Choisissez-en un ci-dessous. Il s’ouvrira ici dès votre paiement.",

  open: "Ouvrir",
  buy: "Acheter",
  claim: "Obtenir gratuitement",
  manage: "Gérer l’abonnement",
  close: "Fermer",

  states: {
    forEver: () => "Accès sans limite de durée.",
    until: (date) => `Accès jusqu’au ${date}.`,
    subscribed: (date) => `Inclus dans votre abonnement, au moins jusqu’au ${date}.`,
    ended: (date) => `Accès terminé le ${date}.`,
    pending: () =>
      "Votre paiement est en cours de traitement. Le module s’ouvrira ici automatiquement.",
    free: () => "Gratuit pour les membres.",
  },
  closed: {
    denied:
      "Nous avons fermé votre accès. Contactez-nous si vous pensez qu’il s’agit d’une erreur.",
    disputed: "Accès suspendu pendant que votre banque examine le paiement.",
    refunded: "Accès fermé : votre paiement a été remboursé.",
    canceled: "Votre abonnement est terminé.",
    unpaid: "Accès fermé : la dernière facture est impayée.",
    paused: "Votre abonnement est en pause.",
    payment_failed: "Le paiement a échoué. Vous n’avez pas été débité.",
    past_due_expired: "Accès fermé : le dernier paiement est en retard.",
    revoked: "Nous avons retiré ce module de votre compte.",
  },
  closedSomehow: "Indisponible pour le moment.",

  hasOpened: (title) => `${title} est maintenant disponible.`,
  hasClosed: (title) => `${title} n’est plus disponible.`,
  wayBack: {
    paid: "Merci. Nous avons bien reçu votre paiement.",
    processing:
      "Merci. Votre paiement est en cours de traitement. Cette page s’actualise automatiquement.",
    failed: "Le paiement a échoué. Vous n’avez pas été débité.",
    unpaid: "Vous n’avez pas finalisé le paiement. Vous n’avez pas été débité.",
  },

  choose: (title) => `Choisissez un tarif pour ${title}`,
  byUse: "À l’usage",
  from: (price) => `À partir de ${price}`,
  taxed: {
    included: (price) => `${price} TTC`,
    excluded: (price) => `${price} HT`,
  },
  afterTrial: (span, payment) => `Gratuit pendant ${span}, puis ${payment}`,
  forGood: (title) => `${title} (sans limite de durée)`,
  lasting: (title, duration) => `${title} pendant ${duration}`,
  each: (price, period) => `${price} par ${period}`,
  periods: { day: "jour", week: "semaine", month: "mois", year: "an" },
  every: (price, span, unit) => `${price} ${unit === "week" ? "toutes" : "tous"} les ${span}`,

  tokenTitle: (title) => `${title} est disponible`,
  tokenHint:
    "Sur un vrai site, la page du module s’ouvre maintenant, et son serveur vérifie ce jeton.",
  tokenTerms: {
    level: "Niveau",
    uses: "Utilisations restantes",
    unlimited: "sans limite",
    expires: "Jeton valable jusqu’au",
    token: "Jeton",
  },

  problems: {
    invalid_credentials: "Adresse e-mail ou mot de passe incorrect.",
    user_already_exists: "Un compte existe déjà avec cette adresse. Connectez-vous.",
    weak_password: "Choisissez un mot de passe plus long.",
    email_not_confirmed: "Ouvrez d’abord le lien que nous vous avons envoyé par e-mail.",
    already_owned: "Vous avez déjà ce module. Vous n’avez pas besoin de payer à nouveau.",
    payment_pending:
      "Votre paiement est déjà en cours de traitement. Vous n’avez pas besoin de payer à nouveau.",
    subscription_stalled:
      "Vous avez déjà un abonnement à ce module. Modifiez plutôt cet abonnement.",
    other_currency:
      "Vous avez un abonnement dans une autre devise. Contactez-nous pour acheter ce module.",
    not_for_sale: "Ce module n’est pas en vente pour le moment.",
    denied:
      "Vous n’avez pas accès à ce module. Contactez-nous si vous pensez qu’il s’agit d’une erreur.",
    no_such_session: "Nous ne trouvons pas ce paiement dans votre compte.",
    no_access: "Vous n’avez pas accès à ce module pour le moment.",
    no_customer: "Vous n’avez pas encore d’abonnement à gérer.",
    not_signed_in: "Votre session a expiré. Reconnectez-vous.",
    PT503: "Le service est très sollicité. Rien n’a été modifié. Veuillez réessayer.",
    unavailable: "Le service est très sollicité. Veuillez réessayer.",
    unreachable: "Pas de connexion. Cette page réessaie automatiquement.",
  },
  failed: "Une erreur est survenue. Veuillez réessayer dans un instant.",
};
