/** Problems that explain finds between a payment and the page that should show its module. */

import type { Cause } from "../cause.ts";
import { move } from "../commands.ts";
import { task } from "../task_command.ts";

export const PURCHASES = {
  no_such_module: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: "select id, slug, title from public.modules",
    en: {
      symptom: "The module that was asked for does not exist.",
      cause: "No module has this slug or this id.",
      fix: "Look for its slug among those that exist.",
    },
    fr: {
      symptom: "Le module demandé est introuvable.",
      cause: "Aucun module n’a ce nom ni cet identifiant.",
      fix: "Cherchez son nom parmi ceux qui existent.",
    },
  },
  no_account: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("explain <the other address>"),
    en: {
      symptom: "The customer cannot even sign in.",
      cause: "No account has this id or this address.",
      fix: "Ask which address the customer signs in with, and explain that one. What they paid" +
        " for waits for them.",
    },
    fr: {
      symptom: "Le client ne peut même pas se connecter.",
      cause: "Aucun compte n’a cet identifiant ni cette adresse.",
      fix: "Demandez avec quelle adresse le client se connecte, et expliquez celle-là. Ce " +
        "qu’il a payé l’attend.",
    },
  },
  nothing_delivered: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("doctor --fix"),
    en: {
      symptom: "No customer gets what they pay for.",
      cause: "No event from Stripe has ever arrived. The endpoint's URL, its secret or its " +
        "events are wrong, or the function is not deployed.",
      fix: "Run the doctor, or let setup create the endpoint. Then fetch what was missed.",
    },
    fr: {
      symptom: "Aucun client ne reçoit ce qu’il paie.",
      cause: "Aucun événement de Stripe n’est jamais arrivé : l’URL du point de terminaison, son" +
        " secret ou ses événements sont faux, ou la fonction n’est pas déployée.",
      fix: "Lancez le diagnostic, ou laissez setup le créer ; puis récupérez ce qui a été manqué.",
    },
  },
  no_purchase_known: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("explain <payment id>"),
    en: {
      symptom: "One customer paid and got nothing. Other customers get what they pay for.",
      cause: "No event has named this customer. They have not paid, they paid with another " +
        "address, or the event has not arrived.",
      fix: "Ask for the receipt and explain its payment. If Stripe has the payment and Sesame " +
        "does not, send its event again.",
    },
    fr: {
      symptom: "Un client a payé et n’a rien. Les autres reçoivent ce qu’ils paient.",
      cause: "Aucun événement n’a nommé ce client. Il n’a pas payé, il a payé avec une autre " +
        "adresse, ou l’événement n’est pas arrivé.",
      fix: "Demandez le reçu et expliquez son paiement. Si Stripe a le paiement et pas Sesame," +
        " faites renvoyer l’événement.",
    },
  },
  not_delivered: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("reconcile"),
    en: {
      symptom: "Stripe shows a payment that Sesame does not know.",
      cause: "No event about it has arrived.",
      fix: "Run reconcile to fetch it, or send the event again. Sesame accepts it however late" +
        " it comes.",
    },
    fr: {
      symptom: "Stripe montre un paiement que Sesame ne connaît pas.",
      cause: "Aucun événement à son sujet n’est arrivé.",
      fix: "Lancez reconcile pour le récupérer, ou faites renvoyer l’événement. Sesame " +
        "l’accepte même très tard.",
    },
  },
  unknown_reference: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("explain <address or id>"),
    en: {
      symptom: "What you asked about is not known.",
      cause: "It is not an address, the id of a user or a token, a module, or an id of Stripe " +
        "that concerns money.",
      fix: "Explain an address, a module's slug, or an id that begins with cs_, pi_, sub_ or " +
        "the like.",
    },
    fr: {
      symptom: "Ce que vous demandez est inconnu.",
      cause: "Ce n’est ni une adresse, ni l’identifiant d’un utilisateur ou d’un jeton, ni un " +
        "module, ni un identifiant de Stripe qui concerne de l’argent.",
      fix: "Expliquez une adresse, le nom d’un module, ou un identifiant qui commence par cs_," +
        " pi_ ou sub_.",
    },
  },
  line_items_unknown: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("reconcile"),
    en: {
      symptom: "A session is paid and opens nothing yet.",
      cause: "The prices that it sold could not be read from Stripe yet.",
      fix: "Check that STRIPE_SECRET_KEY is valid, then run reconcile to read them.",
    },
    fr: {
      symptom: "Une session est payée et n’ouvre encore rien.",
      cause: "Les prix vendus n’ont pas encore pu être lus chez Stripe.",
      fix: "Vérifiez STRIPE_SECRET_KEY, puis lancez reconcile pour les lire.",
    },
  },
  email_unverified: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: "A customer paid as a guest, has an account now, and sees nothing.",
      cause: "The purchase waits for the address it was made with, and the account has not " +
        "verified that address.",
      fix: "Ask the customer to verify their address. The purchase is theirs at once.",
    },
    fr: {
      symptom: "Un client a payé sans compte, en a un maintenant, et ne voit rien.",
      cause: "L’achat attend l’adresse avec laquelle il a été fait, et le compte ne l’a pas " +
        "confirmée.",
      fix: "Demandez au client de confirmer son adresse. L’achat lui revient aussitôt.",
    },
  },
  address_claims_off: {
    severity: "warning",
    order: 1700,
    fixedBy: null,
    command: "update sesame.settings set verified_email_claims = true",
    en: {
      symptom: "A guest paid, and the account with that address shows nothing.",
      cause: "verified_email_claims is off, so a confirmed address claims nothing.",
      fix: "If Auth asks before it confirms an address, switch the setting on. Waiting " +
        "purchases are claimed at once. Otherwise move the purchase.",
    },
    fr: {
      symptom: "Un achat a été fait sans compte, et le compte à cette adresse ne montre rien.",
      cause: "verified_email_claims est désactivé : une adresse confirmée ne réclame rien.",
      fix: "Si Auth demande avant de confirmer une adresse, activez ce réglage. Les achats en " +
        "attente sont attribués aussitôt. Sinon, attribuez l’achat.",
    },
  },
  claim_missed: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: move("the address is verified"),
    en: {
      symptom:
        "A customer paid as a guest or with a deleted account. The address is verified, and" +
        " they see nothing.",
      cause: "Another writer was busy when the address was verified, so the purchase still waits.",
      fix: "Ask the customer to sign in again, or move the purchase to them.",
    },
    fr: {
      symptom:
        "Un client a payé sans compte ou avec un compte supprimé. L’adresse est confirmée, " +
        "et il ne voit rien.",
      cause: "Le calcul des accès était occupé quand l’adresse a été confirmée : l’achat attend " +
        "encore.",
      fix: "Demandez au client de se connecter de nouveau, ou attribuez-lui l’achat.",
    },
  },
  address_differs: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: move("the customer showed the receipt"),
    en: {
      symptom: "A customer paid with another address than that of their account.",
      cause: "The purchase names no user, and waits for the address it was made with.",
      fix: "Move the purchase to their account once they have shown the receipt, or send a " +
        "claim link to that address.",
    },
    fr: {
      symptom: "Un client a payé avec une autre adresse que celle de son compte.",
      cause: "L’achat ne nomme aucun utilisateur et attend l’adresse avec laquelle il a été fait.",
      fix: "Attribuez l’achat à son compte quand il aura montré le reçu, ou envoyez un lien à " +
        "cette adresse.",
    },
  },
  belongs_to_another: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: move("it was moved by mistake"),
    en: {
      symptom: "A customer paid, and another user has the module.",
      cause: "Another user claimed the purchase, or it was moved to them.",
      fix: "If that was wrong, move the purchase back.",
    },
    fr: {
      symptom: "Un client a payé, et un autre utilisateur a le module.",
      cause: "Un autre utilisateur a réclamé l’achat, ou l’achat lui a été attribué.",
      fix: "Si c’était une erreur, rendez l’achat au client.",
    },
  },
  nothing_bought: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("explain <payment id>"),
    en: {
      symptom: "A customer says that they bought this module.",
      cause: "No known purchase opens this module for them.",
      fix: "Explain the id of what they paid. It may open another module.",
    },
    fr: {
      symptom: "Un client dit avoir acheté ce module.",
      cause: "Aucun achat connu ne lui ouvre ce module.",
      fix: "Expliquez l’identifiant de ce qu’il a payé. Cela ouvre peut-être un autre module.",
    },
  },
  not_bought: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: null,
    en: {
      symptom: "A Checkout Session opened nothing.",
      cause: "The customer left the session, or it has expired. Nothing was paid.",
      fix: "Ask the customer to buy again.",
    },
    fr: {
      symptom: "Une session de paiement n’a rien ouvert.",
      cause: "Le client a quitté la session, ou elle a expiré. Rien n’a été payé.",
      fix: "Demandez au client d’acheter de nouveau.",
    },
  },
  opens_nothing: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: task("explain <payment id>"),
    en: {
      symptom: "The event arrived, and it concerns nothing that opens a module.",
      cause: "It does not describe a purchase.",
      fix: "Explain the payment, the session or the subscription instead.",
    },
    fr: {
      symptom: "L’événement est arrivé, mais ne concerne rien qui ouvre un module.",
      cause: "Il ne décrit aucun achat.",
      fix: "Expliquez plutôt le paiement, la session ou l’abonnement.",
    },
  },
  access_drifted: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: "select sesame.project_access(array['<user id>']::uuid[])",
    en: {
      symptom: "module_access does not match what the customer's sources decide.",
      cause: "A write happened while the triggers on module_access or access_tokens were off.",
      fix: "Write the access again from its sources.",
    },
    fr: {
      symptom: "module_access ne correspond pas à ce que décident les sources du client.",
      cause: "Une écriture a eu lieu pendant que les déclencheurs de module_access ou " +
        "d’access_tokens étaient désactivés.",
      fix: "Réécrivez les accès à partir de leurs sources.",
    },
  },
  rls_off: {
    severity: "error",
    order: 504,
    fixedBy: "check",
    command: "alter table public.module_access enable row level security",
    en: {
      symptom: "Access is stored, and the page shows nothing.",
      cause: "Row level security is off on module_access.",
      fix: "Restore it as the migrations make it.",
    },
    fr: {
      symptom: "L’accès est enregistré, et la page ne montre rien.",
      cause: "La sécurité au niveau des lignes est désactivée sur module_access.",
      fix: "Rétablissez-la comme dans les migrations.",
    },
  },
  policy_missing: {
    severity: "error",
    order: 507,
    fixedBy: "check",
    command: "create policy module_access_select_own on public.module_access for select to " +
      "authenticated using (user_id = (select auth.uid()))",
    en: {
      symptom: "Access is stored, and the page shows nothing.",
      cause: "The policy that lets members read their own rows does not exist.",
      fix: "Restore it as the migrations make it.",
    },
    fr: {
      symptom: "L’accès est enregistré, et la page ne montre rien.",
      cause: "La règle qui laisse un membre lire ses propres lignes a disparu.",
      fix: "Rétablissez-la comme dans les migrations.",
    },
  },
  grant_missing: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: "grant <right>",
    en: {
      symptom: "Access is stored, and the page shows nothing.",
      cause: "Signed-in members may not read or execute what the detail names.",
      fix: "Restore the right as the migrations grant it.",
    },
    fr: {
      symptom: "L’accès est enregistré, et la page ne montre rien.",
      cause: "Les membres connectés ne peuvent pas lire ou exécuter ce que nomme le détail.",
      fix: "Rétablissez ce droit comme dans les migrations.",
    },
  },
  exhausted: {
    severity: "error",
    order: null,
    fixedBy: null,
    command: "update public.access_tokens set max_usage = max_usage + 10 where id = '<token id>'",
    en: {
      symptom: "The module says that no uses are left.",
      cause: "What the customer bought is limited, and it is used up.",
      fix: "Ask the customer to buy again, or raise max_usage of their token.",
    },
    fr: {
      symptom: "Le module dit qu’il ne reste aucune utilisation.",
      cause: "Ce que le client a acheté est limité, et il est épuisé.",
      fix: "Demandez au client d’acheter de nouveau, ou augmentez max_usage de son jeton.",
    },
  },
} as const satisfies Record<string, Cause>;
