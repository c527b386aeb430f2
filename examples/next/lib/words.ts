/** The texts of this site beside those of `pages/encours`. */
export interface SiteWords {
  signInFirst: string;
  gate: string;
  content(title: string): string;
  notFound: string;
}

const en: SiteWords = {
  signInFirst: "Sign in to open this module, or create an account to get it.",
  gate: "This module opens here automatically as soon as you have access.",
  content: (title) => `Only members with access to ${title} see this part of the page.`,
  notFound: "This page does not exist.",
};

const fr: SiteWords = {
  signInFirst: "Connectez-vous pour ouvrir ce module, ou créez un compte pour l’obtenir.",
  gate: "Ce module s’ouvrira ici automatiquement dès que vous y aurez accès.",
  content: (title) => `Seuls les membres qui ont accès à ${title} voient cette partie de la page.`,
  notFound: "Cette page n’existe pas.",
};

/** French for French browsers, English for all others, as `wordsFor` of `pages/encours`. */
export function siteWordsFor(language: string): SiteWords {
  return /^fr\b/i.test(language) ? fr : en;
}
