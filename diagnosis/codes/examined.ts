/** Problems that sesame_examine finds in the database, for the doctor and for alerts. */

import type { Cause } from "../cause.ts";
import { MAP, MARK, move, setSecrets } from "../commands.ts";
import { task } from "../task_command.ts";

export const EXAMINED = {
  event_failed: {
    severity: "error",
    alert: "critical",
    order: 1800,
    fixedBy: "reconcile",
    counts: "event",
    command: task("reconcile"),
    en: {
      symptom: "The event arrived, and nothing opened.",
      cause: "The event is stored but could not be applied. The detail names the SQLSTATE.",
      fix: "Look up the SQLSTATE in docs/errors.md and fix what it names. Then run reconcile " +
        "to apply the event again.",
    },
    fr: {
      symptom: "L’événement est arrivé, et rien ne s’est ouvert.",
      cause: "L’événement est conservé mais n’a pas pu être appliqué. Le détail donne le SQLSTATE.",
      fix: "Cherchez ce SQLSTATE dans docs/errors.md et corrigez ce qu’il nomme. Puis lancez " +
        "reconcile pour appliquer l’événement de nouveau.",
    },
  },
  event_waiting: {
    severity: "error",
    alert: "warning",
    order: 1800,
    fixedBy: "reconcile",
    counts: "event",
    command: task("reconcile"),
    en: {
      symptom: "The event arrived, and nothing has opened yet.",
      cause: "The event is stored and waits for the fold. Usually that takes less than a second. " +
        "After five minutes, no delivery and no job of cron has folded it.",
      fix:
        "Run reconcile to apply the event now. Then check that the jobs of Sesame run, and that " +
        "no other session holds the fold.",
    },
    fr: {
      symptom: "L’événement est arrivé, et rien ne s’est encore ouvert.",
      cause:
        "L’événement est conservé et attend d’être appliqué. D’habitude, cela dure moins d’une " +
        "seconde. Après cinq minutes, aucun envoi ni aucune tâche de cron ne l’a appliqué.",
      fix: "Lancez reconcile pour appliquer l’événement maintenant. Puis vérifiez que les tâches " +
        "de Sesame tournent, et qu’aucune autre session ne bloque les accès.",
    },
  },
  fold_pending: {
    severity: "error",
    alert: "warning",
    order: 1800,
    fixedBy: "reconcile",
    counts: "object",
    command: task("reconcile"),
    en: {
      symptom: "Access does not follow a change of a price, a module or a setting yet.",
      cause: "The object is still being derived. A change touched so many objects that they are " +
        "folded part by part. After five minutes, no delivery and no job of cron has folded it.",
      fix: "Run reconcile to fold what is left. If an object stays, its part has failed. Look up " +
        "the SQLSTATE of the detail in docs/errors.md, and fix what it names.",
    },
    fr: {
      symptom: "Les accès ne suivent pas encore un changement de prix, de module ou de réglage.",
      cause: "L’accès de cet objet est encore en cours de calcul. Un changement a touché tant " +
        "d’objets qu’ils sont traités par lots. Après cinq minutes, aucun envoi ni aucune tâche " +
        "de cron ne l’a traité.",
      fix: "Lancez reconcile pour traiter le reste. Si un objet demeure, son lot a échoué. " +
        "Cherchez le SQLSTATE du détail dans docs/errors.md et corrigez ce qu’il nomme.",
    },
  },
  grants_stale: {
    severity: "error",
    order: 1801,
    fixedBy: "refold",
    counts: "purchase",
    command: task("doctor --fix"),
    en: {
      symptom: "Access does not match what was paid for.",
      cause: "A write to sesame.grants happened by hand, or facts were changed by hand.",
      fix: "Derive everything again from the facts.",
    },
    fr: {
      symptom: "Les accès ne correspondent pas à ce qui a été payé.",
      cause: "sesame.grants ou des faits ont été modifiés à la main.",
      fix: "Recalculez tout depuis les faits.",
    },
  },
  access_missing: {
    severity: "error",
    order: 1802,
    fixedBy: "refold",
    counts: "access",
    command: task("doctor --fix"),
    en: {
      symptom: "A customer paid and has no access.",
      cause: "module_access lacks what the sources decide.",
      fix: "Derive access again.",
    },
    fr: {
      symptom: "Un client a payé et n’a pas d’accès.",
      cause: "Il manque à module_access ce que décident les sources.",
      fix: "Recalculez les accès.",
    },
  },
  access_unpaid: {
    severity: "error",
    order: 1803,
    fixedBy: "refold",
    counts: "access",
    command: task("doctor --fix"),
    en: {
      symptom: "A member has access that no payment or grant opened.",
      cause: "A write to module_access happened while its triggers were off.",
      fix: "Derive access again. If the access was intended, grant it.",
    },
    fr: {
      symptom: "Un membre a un accès qu’aucun paiement ni accord n’a ouvert.",
      cause: "Une écriture dans module_access a eu lieu pendant que ses déclencheurs étaient " +
        "désactivés.",
      fix: "Recalculez les accès. Si cet accès était voulu, accordez-le.",
    },
  },
  access_stale: {
    severity: "error",
    order: 1804,
    fixedBy: "refold",
    counts: "access",
    command: task("doctor --fix"),
    en: {
      symptom: "An access has another reason or end than its sources.",
      cause: "A write to module_access happened while its triggers were off.",
      fix: "Derive access again.",
    },
    fr: {
      symptom: "Un accès a une autre raison ou une autre fin que ses sources.",
      cause: "Une écriture dans module_access a eu lieu pendant que ses déclencheurs étaient " +
        "désactivés.",
      fix: "Recalculez les accès.",
    },
  },
  subscription_missing: {
    severity: "error",
    alert: "warning",
    order: 1805,
    fixedBy: "reconcile",
    counts: "subscription",
    command: task("doctor --fix"),
    en: {
      symptom: "A subscription was bought and opens nothing.",
      cause: "Its session or its invoice was paid at least fifteen minutes ago, and the " +
        "subscription itself has not arrived.",
      fix: "Check that the endpoint listens to customer.subscription.*, then run reconcile to " +
        "fetch it.",
    },
    fr: {
      symptom: "Un abonnement a été acheté et n’ouvre rien.",
      cause: "Sa session ou sa facture est payée depuis au moins un quart d’heure, mais " +
        "l’abonnement lui-même n’est pas arrivé.",
      fix: "Vérifiez que le point de terminaison reçoit customer.subscription.*, puis lancez " +
        "reconcile pour le récupérer.",
    },
  },
  price_unmapped: {
    severity: "error",
    alert: "warning",
    order: 1806,
    fixedBy: null,
    counts: "price",
    command: `${MAP}\n${MARK}`,
    en: {
      symptom: "Something was sold that opens no module, or a part of it opens none.",
      cause: "A price that was sold is mapped to no module, and the metadata of the sale names " +
        "none for it.",
      fix: "Map the price to the module that it sells. Earlier buyers get the module at once. " +
        "If a price sells no module on purpose, such as a setup fee, mark it with the " +
        "second command.",
    },
    fr: {
      symptom: "Une vente n’ouvre aucun module, ou une partie n’en ouvre aucun.",
      cause: "Un prix vendu n’est associé à aucun module, et les métadonnées de la vente n’en " +
        "nomment aucun pour lui.",
      fix: "Associez le prix au module qu’il vend. Les acheteurs précédents le reçoivent " +
        "aussitôt. Si un prix n’ouvre rien exprès, comme des frais d’installation, " +
        "marquez-le avec la seconde commande.",
    },
  },
  module_unknown: {
    severity: "error",
    alert: "warning",
    order: 1807,
    fixedBy: null,
    counts: "purchase",
    command: "insert into public.modules (slug, title) values ('<module>', '<module>')",
    en: {
      symptom: "Something was sold that opens no module.",
      cause: "metadata.module_id names a module that is not in the catalogue.",
      fix: "Add the module under that slug. The buyers get it at once, and its title can be " +
        "changed later. If the metadata names another module by mistake, correct the code " +
        "that writes it and map the price.",
    },
    fr: {
      symptom: "Une vente n’ouvre aucun module.",
      cause: "metadata.module_id nomme un module qui n’est pas au catalogue.",
      fix: "Ajoutez le module sous ce nom. Les acheteurs le reçoivent aussitôt, et son titre " +
        "se change plus tard. Si les métadonnées nomment un autre module par erreur, " +
        "corrigez le code qui les écrit et associez le prix.",
    },
  },
  price_recurs: {
    severity: "error",
    alert: "warning",
    order: 1808,
    fixedBy: null,
    counts: "invoice",
    command:
      "select public.grant_module_access('<user id>', '<module>', '<you>', 'paid at a recurring " +
      "price')",
    en: {
      symptom: "An invoice was paid, and its module stays closed.",
      cause: "A line that belongs to no subscription has a recurring price. Such a price opens " +
        "its module only while a subscription runs.",
      fix: "Bill one-time sales at a one-time price. For an invoice that is paid already, " +
        "grant the module, with an end if it was for a limited time, or refund the invoice.",
    },
    fr: {
      symptom: "Une facture a été payée, et son module reste fermé.",
      cause: "Une ligne sans abonnement a un prix récurrent. Un tel prix n’ouvre son module que " +
        "pendant un abonnement.",
      fix: "Facturez les ventes uniques avec un prix unique. Pour une facture déjà payée, " +
        "accordez le module, avec une fin s’il était limité dans le temps, ou remboursez la" +
        " facture.",
    },
  },
  user_unreadable: {
    severity: "error",
    alert: "warning",
    order: 1809,
    fixedBy: null,
    counts: "purchase",
    command: move("metadata.user_id named no account"),
    en: {
      symptom: "Stripe shows a payment, and no account has its module.",
      cause: "metadata.user_id is neither the id of a Supabase account (a uuid) nor an e-mail " +
        "address, so it names no user.",
      fix: "Correct the code that writes it: auth.users.id, or the address. Move the purchase " +
        "to the account that it belongs to.",
    },
    fr: {
      symptom: "Stripe montre un paiement, et aucun compte n’a son module.",
      cause: "metadata.user_id n’est ni l’identifiant d’un compte Supabase (un uuid) ni une " +
        "adresse : il ne désigne aucun utilisateur.",
      fix: "Corrigez le code qui l’écrit : auth.users.id, ou l’adresse. Attribuez l’achat au " +
        "compte à qui il appartient.",
    },
  },
  wrong_mode: {
    severity: "warning",
    alert: "warning",
    order: 1810,
    fixedBy: null,
    counts: "event",
    command: setSecrets("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET"),
    en: {
      symptom: "A payment in test mode opens nothing, or a live payment does not.",
      cause: "The event is from the other mode than STRIPE_SECRET_KEY. Live and test do not mix.",
      fix: "Give the function the key and the endpoint's secret of the mode that you use.",
    },
    fr: {
      symptom: "Un paiement en mode test n’ouvre rien, ou un vrai paiement n’ouvre rien.",
      cause: "L’événement vient de l’autre mode que STRIPE_SECRET_KEY. Test et réel ne se " +
        "mélangent pas.",
      fix: "Donnez à la fonction la clé et le secret du mode que vous utilisez.",
    },
  },
  foreign_account: {
    severity: "warning",
    alert: "warning",
    order: 1810,
    fixedBy: null,
    counts: "event",
    command: [
      "npx supabase@3.1.0 secrets set STRIPE_CONNECT_ACCOUNTS=<account id>",
      "stripe events resend <event id> --account=<account id>",
    ].join("\n"),
    en: {
      symptom: "A payment on a connected account opens nothing.",
      cause: "The event belongs to an account that STRIPE_CONNECT_ACCOUNTS does not list. The " +
        "account `unreadable` stands for an event that does not name its account.",
      fix: "Add the account to the accounts that are listed already, and send the event again.",
    },
    fr: {
      symptom: "Un paiement sur un compte connecté n’ouvre rien.",
      cause: "L’événement appartient à un compte absent de STRIPE_CONNECT_ACCOUNTS. Le compte " +
        "`unreadable` désigne un événement qui ne nomme pas son compte.",
      fix: "Ajoutez ce compte à ceux de la liste, puis faites renvoyer l’événement.",
    },
  },
  fetch_pending: {
    severity: "warning",
    alert: "warning",
    order: 1810,
    fixedBy: "reconcile",
    counts: "object",
    command: task("reconcile"),
    en: {
      symptom: "A purchase waits for data that only Stripe has.",
      cause: "An object could not be read from Stripe yet.",
      fix: "Run reconcile to read it now.",
    },
    fr: {
      symptom: "Un achat attend des données que seul Stripe possède.",
      cause: "Un objet n’a pas encore pu être lu chez Stripe.",
      fix: "Lancez reconcile pour le lire maintenant.",
    },
  },
  paid_after_end: {
    severity: "warning",
    alert: "warning",
    order: 1810,
    fixedBy: null,
    counts: "invoice",
    command:
      "select public.grant_module_access('<user id>', '<module>', '<you>', 'paid after the end', " +
      "now() + interval '1 month')",
    en: {
      symptom: "An invoice was paid, and the subscription is over.",
      cause: "The money came after the subscription had ended, so it opens nothing.",
      fix: "Refund the invoice in Stripe, or grant the module until the end of the period that" +
        " was paid.",
    },
    fr: {
      symptom: "Une facture a été payée, et l’abonnement est terminé.",
      cause: "L’argent est arrivé après la fin de l’abonnement : il n’ouvre rien.",
      fix: "Remboursez la facture dans Stripe, ou accordez le module jusqu’à la fin de la " +
        "période payée.",
    },
  },
  buyer_unknown: {
    severity: "warning",
    alert: "warning",
    order: 1810,
    fixedBy: null,
    counts: "purchase",
    command: [
      move("the customer asked for it"),
      "select public.create_claim_link('<source id>', '<you>', 'the customer asked for it')",
    ].join("\n"),
    en: {
      symptom: "Stripe shows a payment, and no account has its module.",
      cause: "The purchase names no user, and no account has its address.",
      fix: "Move the purchase to the account that it belongs to, or send a claim link to the " +
        "paying address.",
    },
    fr: {
      symptom: "Stripe montre un paiement, et aucun compte n’a son module.",
      cause: "L’achat ne nomme aucun utilisateur, et aucun compte n’a son adresse.",
      fix: "Attribuez l’achat au compte à qui il appartient, ou envoyez un lien à l’adresse " +
        "qui a payé.",
    },
  },
  user_unknown: {
    severity: "warning",
    alert: "notice",
    order: 1810,
    fixedBy: null,
    counts: "purchase",
    command: move("the account was deleted"),
    en: {
      symptom: "A customer paid, and no account has the id that the sale names.",
      cause: "The site named a user that is not in auth.users, or the account was deleted.",
      fix: "Do nothing if the customer still has to sign up, or asked to be forgotten. " +
        "Otherwise move the purchase.",
    },
    fr: {
      symptom: "Un client a payé, et aucun compte n’a l’identifiant que nomme la vente.",
      cause: "Le site a nommé un utilisateur absent de auth.users, ou le compte a été supprimé.",
      fix: "Rien à faire si le client doit encore s’inscrire ou a demandé à être oublié. " +
        "Sinon, attribuez l’achat.",
    },
  },
  token_waits: {
    severity: "warning",
    order: 1810,
    fixedBy: null,
    counts: "token",
    command: "update public.access_tokens set created_by = '<user id>' where id = '<token id>'",
    en: {
      symptom: "A token was created for a customer's address, and the customer sees nothing.",
      cause: "The token waits until their account has verified that address.",
      fix: "Ask the customer to verify their address, or set the token's created_by.",
    },
    fr: {
      symptom: "Un jeton a été créé pour l’adresse d’un client, et le client ne voit rien.",
      cause: "Le jeton attend que son compte ait confirmé cette adresse.",
      fix: "Demandez au client de confirmer son adresse, ou renseignez created_by du jeton.",
    },
  },
} as const satisfies Record<string, Cause>;
