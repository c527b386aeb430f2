/** Every code that explain, doctor and alerts can name; the runbooks are made from it. */

import { task } from "./task_command.ts";
import { ALERT_CAUSES } from "./alert_causes.ts";
import type { Cause } from "./cause.ts";
import { MAP, MARK, move } from "./commands.ts";
import { PROJECT_CAUSES } from "./project_causes.ts";

export const CAUSES: Readonly<Record<string, Cause>> = {
  no_such_module: {
    en: {
      symptom: "The module asked for is nowhere.",
      cause: "No module has this slug or this id.",
      mend: "Look for its slug among those there are.",
    },
    fr: {
      symptom: "Le module demandé est introuvable.",
      cause: "Aucun module n’a ce nom ni cet identifiant.",
      mend: "Cherchez son nom parmi ceux qui existent.",
    },
    command: "select id, slug, title from modules",
  },
  no_account: {
    en: {
      symptom: "The customer cannot even sign in.",
      cause: "No account has this id or this address.",
      mend: "Ask with which address he signs in, and explain that one; what he paid waits for him.",
    },
    fr: {
      symptom: "Le client ne peut même pas se connecter.",
      cause: "Aucun compte n’a cet identifiant ni cette adresse.",
      mend: "Demandez-lui avec quelle adresse il se connecte ; ce qu’il a payé l’attend.",
    },
    command: task("explain <the other address>"),
  },
  nothing_delivered: {
    en: {
      symptom: "Nobody gets what he pays for.",
      cause:
        "No event of Stripe's ever arrived: the endpoint's URL, its secret or its events are wrong, " +
        "or the function is not deployed.",
      mend: "Let the doctor look at it, or setup make it; then bring what was missed.",
    },
    fr: {
      symptom: "Personne ne reçoit ce qu’il paie.",
      cause:
        "Aucun événement de Stripe n’est jamais arrivé : l’URL du point de terminaison, son secret ou " +
        "ses événements sont faux, ou la fonction n’est pas déployée.",
      mend: "Lancez le diagnostic, ou laissez setup le créer ; puis récupérez ce qui a été manqué.",
    },
    command: task("doctor --fix"),
  },
  no_purchase_known: {
    en: {
      symptom: "One customer paid, others get what they pay for.",
      cause:
        "No event has named this customer: he has not paid, paid with another address, or the event " +
        "has not arrived.",
      mend:
        "Ask for the receipt and explain its payment; where Stripe has it and we do not, send its event again.",
    },
    fr: {
      symptom: "Un client a payé, les autres reçoivent ce qu’ils paient.",
      cause:
        "Aucun événement n’a nommé ce client : il n’a pas payé, il a payé avec une autre adresse, ou " +
        "l’événement n’est pas arrivé.",
      mend:
        "Demandez le reçu et expliquez son paiement ; si Stripe l’a et nous non, faites renvoyer l’événement.",
    },
    command: task("explain <payment id>"),
  },
  not_delivered: {
    en: {
      symptom: "Stripe shows a payment that we know nothing of.",
      cause: "No event about it has arrived.",
      mend: "Let reconcile bring it, or send the event again; it is taken however late.",
    },
    fr: {
      symptom: "Stripe montre un paiement dont nous ne savons rien.",
      cause: "Aucun événement à son sujet n’est arrivé.",
      mend:
        "Laissez reconcile l’apporter, ou faites renvoyer l’événement ; il est pris, même très tard.",
    },
    command: task("reconcile"),
  },
  not_at_stripe: {
    en: {
      symptom: "A receipt names a payment, and neither we nor Stripe know it.",
      cause: "Stripe has nothing with this id for this key.",
      mend: "Look for a typing error, and for the account and the mode (test, live) it is from.",
    },
    fr: {
      symptom: "Un reçu cite un paiement, et ni nous ni Stripe ne le connaissons.",
      cause: "Stripe n’a rien avec cet identifiant pour cette clé.",
      mend:
        "Cherchez une faute de frappe, puis de quel compte et de quel mode (test, réel) il vient.",
    },
    command: task("explain <source id> --env-file <file with the keys of that account and mode>"),
  },
  subscription_missing: {
    en: {
      symptom: "A subscription was bought, and opens nothing.",
      cause:
        "Its session or its invoice was paid, and the subscription itself has not arrived for a quarter of an hour.",
      mend: "See that the endpoint listens to customer.subscription.*, and let reconcile bring it.",
    },
    fr: {
      symptom: "Un abonnement a été acheté et n’ouvre rien.",
      cause:
        "Sa session ou sa facture est payée, mais l’abonnement lui-même n’est pas arrivé depuis un quart d’heure.",
      mend:
        "Vérifiez que le point de terminaison reçoit customer.subscription.*, puis laissez reconcile l’apporter.",
    },
    command: task("doctor --fix"),
  },
  unknown_reference: {
    en: {
      symptom: "What is to be explained is nowhere.",
      cause:
        "It is no address, no user's or token's id, no module, and no id of Stripe's about money.",
      mend:
        "Explain an address, a module's slug, or an id that begins with cs_, pi_, sub_ or the like.",
    },
    fr: {
      symptom: "Ce qu’il faut expliquer est introuvable.",
      cause:
        "Ce n’est ni une adresse, ni l’identifiant d’un utilisateur ou d’un jeton, ni un module, ni un " +
        "identifiant de Stripe qui concerne de l’argent.",
      mend:
        "Expliquez une adresse, le nom d’un module, ou un identifiant qui commence par cs_, pi_ ou sub_.",
    },
    command: task("explain <address or id>"),
  },
  event_failed: {
    en: {
      symptom: "The event arrived, and nothing opened.",
      cause: "The event is stored and could not be applied; detail names the SQLSTATE.",
      mend:
        "Look the SQLSTATE up in docs/errors.md, fix what it names, and let reconcile apply the event again.",
    },
    fr: {
      symptom: "L’événement est arrivé, et rien ne s’est ouvert.",
      cause:
        "L’événement est conservé mais n’a pas pu être appliqué ; le détail donne le SQLSTATE.",
      mend:
        "Cherchez ce SQLSTATE dans docs/errors.md, corrigez ce qu’il nomme, puis laissez reconcile appliquer l’événement de nouveau.",
    },
    command: task("reconcile"),
  },
  wrong_mode: {
    en: {
      symptom: "A payment in test mode opens nothing, or a live one does not.",
      cause: "The event is of the other mode than STRIPE_SECRET_KEY: live and test do not mix.",
      mend: "Give the function the key and the endpoint's secret of the mode that counts.",
    },
    fr: {
      symptom: "Un paiement en mode test n’ouvre rien, ou un vrai paiement non plus.",
      cause:
        "L’événement est de l’autre mode que STRIPE_SECRET_KEY : test et réel ne se mélangent pas.",
      mend: "Donnez à la fonction la clé et le secret du mode qui compte.",
    },
    command:
      "npx supabase@3.1.0 secrets set --env-file secrets.env  # with STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET in it",
  },
  foreign_account: {
    en: {
      symptom: "A payment on a connected account opens nothing.",
      cause: "The event belongs to an account that STRIPE_CONNECT_ACCOUNTS does not list. " +
        "The account `unreadable` stands for an event that does not say whose it is.",
      mend: "List the account beside those that are listed already, and send the event again.",
    },
    fr: {
      symptom: "Un paiement sur un compte connecté n’ouvre rien.",
      cause: "L’événement appartient à un compte que STRIPE_CONNECT_ACCOUNTS ne cite pas. " +
        "Le compte `unreadable` désigne un événement qui ne dit pas à qui il est.",
      mend: "Citez ce compte à côté de ceux déjà cités, puis faites renvoyer l’événement.",
    },
    command: "npx supabase@3.1.0 secrets set STRIPE_CONNECT_ACCOUNTS=<account id>\n" +
      "stripe events resend <event id> --account=<account id>",
  },
  price_unmapped: {
    en: {
      symptom: "What was sold, or a part of it, opens no module.",
      cause:
        "A price that was sold is mapped to no module, and the metadata of the sale names none for it.",
      mend:
        "Map it to the module that it sells: those who bought it before get it at once. A price that sells " +
        "none on purpose, such as a setup fee, is marked by the second command.",
    },
    fr: {
      symptom: "Ce qui a été vendu, ou une partie, n’ouvre aucun module.",
      cause:
        "Un prix vendu n’est associé à aucun module, et les métadonnées de la vente n’en nomment aucun pour lui.",
      mend:
        "Associez-le au module qu’il vend : ceux qui l’ont acheté avant le reçoivent aussitôt. Un prix qui n’ouvre " +
        "rien exprès, comme des frais d’installation, se marque avec la seconde commande.",
    },
    command: `${MAP}\n${MARK}`,
  },
  module_unknown: {
    en: {
      symptom: "What was sold opens no module.",
      cause: "metadata.module_id names a module that is not in the catalogue.",
      mend:
        "Add the module under that slug: the buyers get it at once. Its title can be changed later. If metadata " +
        "names another module by mistake, correct the code that writes it and map the price.",
    },
    fr: {
      symptom: "Ce qui a été vendu n’ouvre aucun module.",
      cause: "metadata.module_id nomme un module qui n’est pas au catalogue.",
      mend:
        "Ajoutez le module sous ce nom : les acheteurs le reçoivent aussitôt. Son titre se change plus tard. Si les " +
        "métadonnées nomment un autre module par erreur, corrigez le code qui les écrit et associez le prix.",
    },
    command: "insert into public.modules (slug, title) values ('<module>', '<module>')",
  },
  price_recurs: {
    en: {
      symptom: "An invoice was paid, and its module stays closed.",
      cause:
        "A line that belongs to no subscription has a recurring price. Such a price opens its module for as long as a " +
        "subscription runs, never once and for ever.",
      mend:
        "Bill one-time sales at a one-time price. For what is paid already, grant the module, with an end if it was " +
        "for a time, or refund the invoice.",
    },
    fr: {
      symptom: "Une facture a été payée, et son module reste fermé.",
      cause:
        "Une ligne sans abonnement a un prix récurrent. Un tel prix ouvre son module tant qu’un abonnement dure, " +
        "jamais une fois pour toutes.",
      mend:
        "Facturez les ventes uniques avec un prix unique. Pour ce qui est déjà payé, accordez le module, avec une fin " +
        "s’il était limité dans le temps, ou remboursez la facture.",
    },
    command:
      "select grant_module_access('<user id>', '<module>', '<you>', 'paid at a recurring price')",
  },
  paid_after_end: {
    en: {
      symptom: "An invoice was paid, and the subscription is over.",
      cause: "The money came after the subscription had ended, so it opens nothing.",
      mend:
        "Refund the invoice in Stripe, or grant the module until the end of the time that was paid.",
    },
    fr: {
      symptom: "Une facture a été payée, et l’abonnement est terminé.",
      cause: "L’argent est arrivé après la fin de l’abonnement : il n’ouvre rien.",
      mend:
        "Remboursez la facture dans Stripe, ou accordez le module jusqu’à la fin de la période payée.",
    },
    command: "select grant_module_access('<user id>', '<module>', '<you>', " +
      "'paid after the end', now() + interval '1 month')",
  },
  line_items_unknown: {
    en: {
      symptom: "A session is paid and opens nothing yet.",
      cause: "Which prices it sold could not be read from Stripe yet.",
      mend: "See that STRIPE_SECRET_KEY is valid, and let reconcile read them.",
    },
    fr: {
      symptom: "Une session est payée et n’ouvre encore rien.",
      cause: "Les prix vendus n’ont pas encore pu être lus chez Stripe.",
      mend: "Vérifiez STRIPE_SECRET_KEY, puis laissez reconcile les lire.",
    },
    command: task("reconcile"),
  },
  buyer_unknown: {
    en: {
      symptom: "Stripe shows a payment, and nobody has its module.",
      cause: "The purchase names no user and no address that an account has.",
      mend: "Move it to whom it belongs, or send the paying address a claim link.",
    },
    fr: {
      symptom: "Stripe montre un paiement, et personne n’a son module.",
      cause: "L’achat ne nomme ni utilisateur ni adresse d’un compte.",
      mend: "Attribuez-le à qui il appartient, ou envoyez un lien à l’adresse qui a payé.",
    },
    command: `${move("the customer asked for it")}\n` +
      "select create_claim_link('<source id>', '<you>', 'the customer asked for it')",
  },
  user_unreadable: {
    en: {
      symptom: "Stripe shows a payment, and nobody has its module.",
      cause:
        "metadata.user_id is neither the id of a Supabase account (a uuid) nor an e-mail address, so it names nobody.",
      mend:
        "Correct the code that writes it: auth.users.id, or the address. Move the purchase to the account that it " +
        "belongs to.",
    },
    fr: {
      symptom: "Stripe montre un paiement, et personne n’a son module.",
      cause:
        "metadata.user_id n’est ni l’identifiant d’un compte Supabase (un uuid) ni une adresse : il ne désigne personne.",
      mend:
        "Corrigez le code qui l’écrit : auth.users.id, ou l’adresse. Attribuez l’achat au compte à qui il appartient.",
    },
    command: move("metadata.user_id named nobody"),
  },
  email_unverified: {
    en: {
      symptom: "He paid as a guest and has an account, and sees nothing.",
      cause:
        "The purchase waits for the address it was made with, and his account has not verified it.",
      mend: "Let him verify his address: the purchase is his at once.",
    },
    fr: {
      symptom: "Il a payé sans compte, en a un maintenant, et ne voit rien.",
      cause:
        "L’achat attend l’adresse avec laquelle il a été fait, et son compte ne l’a pas confirmée.",
      mend: "Qu’il confirme son adresse : l’achat est à lui aussitôt.",
    },
    command: null,
  },
  address_claims_off: {
    en: {
      symptom: "A guest paid, and the account with that address shows nothing.",
      cause: "verified_email_claims is off: a confirmed address claims nothing.",
      mend:
        "Where Auth asks before it confirms an address, switch it on: what waits is claimed at once. " +
        "Elsewhere move the purchase.",
    },
    fr: {
      symptom: "Un achat a été fait sans compte, et le compte à cette adresse ne montre rien.",
      cause: "verified_email_claims est désactivé : une adresse confirmée ne réclame rien.",
      mend:
        "Si Auth demande avant de confirmer une adresse, activez-le : ce qui attend est attribué aussitôt. " +
        "Sinon, attribuez l’achat.",
    },
    command: "update sesame.settings set verified_email_claims = true",
  },
  claim_missed: {
    en: {
      symptom:
        "They paid as a guest or with a deleted account, the address is verified, and they see nothing.",
      cause: "Another writer was busy when the address was verified, so the purchase still waits.",
      mend: "Let them sign in again, or move the purchase to them.",
    },
    fr: {
      symptom:
        "Il a payé sans compte ou avec un compte supprimé, l’adresse est confirmée, et il ne voit rien.",
      cause: "Le calcul des accès était occupé quand elle a été confirmée : l’achat attend encore.",
      mend: "Qu’il se connecte de nouveau, ou attribuez-lui l’achat.",
    },
    command: move("the address is verified"),
  },
  address_differs: {
    en: {
      symptom: "He paid, and used another address than that of his account.",
      cause: "The purchase names no user, and waits for the address it was made with.",
      mend:
        "Move it to his account once he has shown the receipt, or send that address a claim link.",
    },
    fr: {
      symptom: "Il a payé avec une autre adresse que celle de son compte.",
      cause: "L’achat ne nomme aucun utilisateur et attend l’adresse avec laquelle il a été fait.",
      mend:
        "Attribuez-le à son compte quand il aura montré le reçu, ou envoyez un lien à cette adresse.",
    },
    command: move("the customer showed the receipt"),
  },
  belongs_to_another: {
    en: {
      symptom: "He paid, and somebody else has the module.",
      cause: "The purchase was claimed by, or moved to, another user.",
      mend: "Where that was wrong, move it back.",
    },
    fr: {
      symptom: "Il a payé, et un autre a le module.",
      cause: "L’achat a été réclamé par un autre utilisateur, ou lui a été attribué.",
      mend: "Si c’était une erreur, rendez-le-lui.",
    },
    command: move("it was moved by mistake"),
  },
  token_waits: {
    en: {
      symptom: "A token was handed out for his address, and he sees nothing.",
      cause: "The token waits until his account has verified that address.",
      mend: "Let him verify his address, or set the token's created_by.",
    },
    fr: {
      symptom: "Un jeton a été remis à son adresse, et il ne voit rien.",
      cause: "Le jeton attend que son compte ait confirmé cette adresse.",
      mend: "Qu’il confirme son adresse, ou renseignez created_by du jeton.",
    },
    command: "update access_tokens set created_by = '<user id>' where id = '<token id>'",
  },
  nothing_bought: {
    en: {
      symptom: "He says that he bought this module.",
      cause: "Nothing that is known opens this module for him.",
      mend: "Explain what he paid by its id: it may open another module.",
    },
    fr: {
      symptom: "Il dit avoir acheté ce module.",
      cause: "Rien de connu ne lui ouvre ce module.",
      mend: "Expliquez ce qu’il a payé par son identifiant : cela ouvre peut-être un autre module.",
    },
    command: task("explain <payment id>"),
  },
  not_bought: {
    en: {
      symptom: "A Checkout Session opened nothing.",
      cause: "The session was left, or has expired: nothing was paid.",
      mend: "Let him buy again.",
    },
    fr: {
      symptom: "Une session de paiement n’a rien ouvert.",
      cause: "La session a été abandonnée ou a expiré : rien n’a été payé.",
      mend: "Qu’il achète de nouveau.",
    },
    command: null,
  },
  opens_nothing: {
    en: {
      symptom: "The event arrived, and is about nothing that opens a module.",
      cause: "It says nothing about a purchase.",
      mend: "Explain the payment, the session or the subscription instead.",
    },
    fr: {
      symptom: "L’événement est arrivé, mais ne concerne rien qui ouvre un module.",
      cause: "Il ne dit rien d’un achat.",
      mend: "Expliquez plutôt le paiement, la session ou l’abonnement.",
    },
    command: task("explain <payment id>"),
  },
  refunded: closed(
    "All the money went back.",
    "Tout l’argent a été rendu.",
    "Nothing; a refund that fails at Stripe opens it again.",
    "Rien ; un remboursement qui échoue chez Stripe le rouvre.",
  ),
  disputed: closed(
    "The payment is in dispute, or the dispute was lost.",
    "Le paiement est contesté, ou la contestation a été perdue.",
    "Answer the dispute in Stripe: won, it opens again by itself.",
    "Répondez à la contestation dans Stripe : gagnée, l’accès se rouvre tout seul.",
  ),
  canceled: closed(
    "The subscription has ended.",
    "L’abonnement est terminé.",
    "Let him subscribe again.",
    "Qu’il s’abonne de nouveau.",
  ),
  unpaid: closed(
    "Stripe has given up on the renewal.",
    "Stripe a renoncé au renouvellement.",
    "Let him pay the open invoice: it opens again by itself.",
    "Qu’il paie la facture ouverte : l’accès se rouvre tout seul.",
  ),
  paused: closed(
    "The subscription is paused.",
    "L’abonnement est en pause.",
    "Resume it in Stripe.",
    "Reprenez-le dans Stripe.",
  ),
  payment_failed: closed(
    "The delayed payment has failed.",
    "Le paiement différé a échoué.",
    "Let him buy again.",
    "Qu’il achète de nouveau.",
  ),
  pending_payment: closed(
    "The money is on its way: a bank debit or a transfer takes days.",
    "L’argent est en route : un prélèvement ou un virement prend des jours.",
    "Wait; it opens by itself.",
    "Attendez ; l’accès s’ouvre tout seul.",
  ),
  past_due_expired: closed(
    "The renewal failed, and the days of grace are over.",
    "Le renouvellement a échoué, et le délai de grâce est passé.",
    "Let him mend his card in the portal: paid, it opens again.",
    "Qu’il corrige sa carte dans le portail : payé, l’accès se rouvre.",
  ),
  expired: closed(
    "What he bought was for a time, and that is over.",
    "Ce qu’il a acheté était limité dans le temps, et c’est terminé.",
    "Let him buy again.",
    "Qu’il achète de nouveau.",
  ),
  unknown_status: closed(
    "Stripe uses a status that this version does not know.",
    "Stripe emploie un statut que cette version ne connaît pas.",
    "Update Sesame; until then it stays closed.",
    "Mettez Sesame à jour ; d’ici là, l’accès reste fermé.",
  ),
  revoked: closed(
    "What opened it was taken back: by an operator, or by the site's own server, which wrote to module_access (access_log then says `written: …`).",
    "Ce qui l’ouvrait a été repris : par un opérateur, ou par le serveur du site, qui a écrit dans module_access (access_log indique alors `written: …`).",
    "Where that was wrong, grant it again.",
    "Si c’était une erreur, accordez-le de nouveau.",
    "select grant_module_access('<user id>', '<module>', '<you>', 'revoked by mistake')",
  ),
  denied: closed(
    "An operator denied it to him.",
    "Un opérateur le lui a refusé.",
    "A grant lifts the denial.",
    "Un accord lève le refus.",
    "select grant_module_access('<user id>', '<module>', '<you>', 'the denial is over')",
  ),
  access_drifted: {
    en: {
      symptom: "module_access does not say what his sources decide.",
      cause: "Somebody wrote while the triggers on module_access or access_tokens were off.",
      mend: "Carry his sources into access again.",
    },
    fr: {
      symptom: "module_access ne dit pas ce que décident ses sources.",
      cause:
        "Quelqu’un a écrit pendant que les déclencheurs de module_access ou d’access_tokens étaient coupés.",
      mend: "Reportez ses sources dans les accès.",
    },
    command: "select sesame.project_access(array['<user id>']::uuid[])",
  },
  rls_off: reading(
    "Row level security is off on module_access.",
    "La sécurité au niveau des lignes est coupée sur module_access.",
    "alter table public.module_access enable row level security",
  ),
  policy_missing: reading(
    "The policy that lets a member read his own rows is gone.",
    "La règle qui laisse un membre lire ses lignes a disparu.",
    "create policy module_access_select_own on public.module_access for select to authenticated " +
      "using (user_id = (select auth.uid()))",
  ),
  grant_missing: reading(
    "Signed-in members may not read or execute what detail names.",
    "Les membres connectés ne peuvent pas lire ou exécuter ce que nomme le détail.",
    "grant <right>",
  ),
  exhausted: {
    en: {
      symptom: "The module says that there are no uses left.",
      cause: "What he bought is limited, and used up.",
      mend: "Let him buy again, or raise max_usage of his token.",
    },
    fr: {
      symptom: "Le module dit qu’il ne reste aucune utilisation.",
      cause: "Ce qu’il a acheté est limité, et épuisé.",
      mend: "Qu’il achète de nouveau, ou augmentez max_usage de son jeton.",
    },
    command: "update access_tokens set max_usage = max_usage + 10 where id = '<token id>'",
  },
  ...PROJECT_CAUSES,
  ...ALERT_CAUSES,
};

/** A module that is closed for a reason that Stripe or an operator gave. */
function closed(
  cause: string,
  causeFr: string,
  mend: string,
  mendFr: string,
  command: string | null = null,
): Cause {
  return {
    en: { symptom: "The module was open, or bought, and is closed.", cause, mend },
    fr: {
      symptom: "Le module était ouvert, ou acheté, et il est fermé.",
      cause: causeFr,
      mend: mendFr,
    },
    command,
  };
}

/** Access that is there and cannot be read. */
function reading(cause: string, causeFr: string, command: string): Cause {
  return {
    en: {
      symptom: "Access is stored, and the page shows nothing.",
      cause,
      mend: "Put it back as the migrations have it.",
    },
    fr: {
      symptom: "L’accès est enregistré, et la page ne montre rien.",
      cause: causeFr,
      mend: "Rétablissez ce que disent les migrations.",
    },
    command,
  };
}
