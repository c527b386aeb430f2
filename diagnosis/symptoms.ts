/** Symptoms in the words that people search for, and the codes that may explain them. */

import type { Code } from "./codes.ts";
import { task } from "./task_command.ts";

/** One symptom in one language. */
interface Words {
  /** The heading, in the words of a person who searches for it. */
  seen: string;
  /** The same in other words, each short enough for one line. */
  also?: readonly string[];
  /** What to do with the answer. */
  todo: string;
}

export interface Symptom {
  en: Words;
  fr: Words;
  /** What to type first. */
  command: string;
  /** The codes that may explain it, the most likely first. */
  codes: readonly Code[];
}

/** Examples of a customer and of a payment, to be replaced. */
const ADA = task("explain ada@example.com whisper --env-file production.env");
const PAYMENT = task("explain pi_3Q9XyZ --env-file production.env");
const DOCTOR = task("doctor --env-file production.env");

export const SYMPTOMS: readonly Symptom[] = [
  {
    en: {
      seen: "The payment succeeded, but the module does not appear on `/encours`",
      also: ["“I paid and my module is not there.”"],
      todo:
        "Use the customer's address and the module. The answer ends with the command that fixes " +
        "it. Paste that command. If the answer says _open_, the access exists and the page does " +
        "not show it: run the doctor.",
    },
    fr: {
      seen: "Paiement réussi mais module n'apparaît pas dans `/encours`",
      also: [
        "Paiement réussi mais le module n'apparaît pas",
        "« J’ai payé et mon module n’est pas là. »",
      ],
      todo: "Mettez l’adresse du client et le module. La réponse se termine par la commande qui " +
        "corrige ; collez-la. Si elle dit _open_, l’accès existe et c’est la page qui ne le montre " +
        "pas : lancez le diagnostic (`doctor`).",
    },
    command: ADA,
    codes: [
      "price_unmapped",
      "module_unknown",
      "buyer_unknown",
      "user_unreadable",
      "email_unverified",
      "address_differs",
      "line_items_unknown",
      "pending_payment",
      "no_purchase_known",
      "nothing_delivered",
    ],
  },
  {
    en: {
      seen: "The webhook is received, but no access is created",
      also: ["Stripe shows 200, and nothing opens"],
      todo: "Use the id of the payment, the session or the event (`pi_…`, `cs_…`, `evt_…`), as " +
        "the Stripe Dashboard shows it. The answer names the first broken link.",
    },
    fr: {
      seen: "Webhook Stripe reçu mais pas d'accès créé",
      also: ["Webhook reçu mais pas d'accès créé", "Stripe affiche 200, et rien ne s’ouvre"],
      todo: "Mettez l’identifiant du paiement, de la session ou de l’événement (`pi_…`, `cs_…`, " +
        "`evt_…`), tel que le tableau de bord de Stripe l’affiche. La réponse nomme le premier " +
        "maillon rompu.",
    },
    command: PAYMENT,
    codes: [
      "event_failed",
      "event_waiting",
      "fold_pending",
      "price_unmapped",
      "module_unknown",
      "buyer_unknown",
      "user_unreadable",
      "address_claims_off",
      "line_items_unknown",
      "wrong_mode",
      "foreign_account",
      "opens_nothing",
    ],
  },
  {
    en: {
      seen: 'Error "Table module_access is not accessible"',
      also: ["`42501` permission denied for table module_access", "`403` from the Data API"],
      todo:
        "`--fix` creates again what is missing. If the doctor finds nothing, the key is wrong. A " +
        "server uses the secret key (`SUPABASE_SECRET_KEY`). A signed-in member reads their own " +
        "rows. The publishable key without a session is always refused, with `42501`.",
    },
    fr: {
      seen: 'Erreur "Table module_access non accessible"',
      also: [
        "Table module_access non accessible",
        "`42501` permission denied for table module_access",
        "`403` de l’API de données",
      ],
      todo:
        "`--fix` refait ce qui manque. Si le diagnostic ne trouve rien, c’est la clé. Un serveur " +
        "utilise la clé secrète (`SUPABASE_SECRET_KEY`). Un membre connecté lit ses propres lignes. " +
        "La clé publique sans session est toujours refusée, avec `42501`.",
    },
    command: DOCTOR,
    codes: [
      "grant_differs",
      "table_missing",
      "rls_off",
      "policy_missing",
      "policy_differs",
      "migration_missing",
    ],
  },
  {
    en: {
      seen: "No modules appear on `/encours`, for any member",
      also: ["The page is empty"],
      todo: "If the doctor finds nothing, the page reads without the member's session. It has to " +
        "read `my_modules` with the client in which the member signed in.",
    },
    fr: {
      seen: "Les modules n'apparaissent pas dans `/encours`",
      also: [
        "les modules n'apparaissent pas dans /encours",
        "La page est vide, pour tout le monde",
      ],
      todo: "Si le diagnostic ne trouve rien, la page interroge sans la session du membre : elle " +
        "doit lire `my_modules` avec le client dans lequel il s’est connecté.",
    },
    command: DOCTOR,
    codes: [
      "rls_off",
      "policy_missing",
      "grant_differs",
      "access_missing",
      "trigger_disabled",
      "backfill_incomplete",
    ],
  },
  {
    en: {
      seen: "Customers of the old site no longer have their modules",
      todo: "The doctor says what has not been copied yet. `" +
        task("backfill --dry-run --env-file production.env") + "` says " +
        "why, row by row ([moving in](moving_in.md)).",
    },
    fr: {
      seen: "Les clients de l’ancien site n’ont plus leurs modules",
      todo: "Le diagnostic dit ce qui n’est pas encore repris. `" +
        task("backfill --dry-run --env-file production.env") +
        "` dit pourquoi, ligne par ligne ([reprise, en anglais](moving_in.md)).",
    },
    command: DOCTOR,
    codes: ["backfill_incomplete", "old_row_stays", "token_waits", "address_claims_off"],
  },
  {
    en: {
      seen: "Nothing arrives from Stripe",
      todo: "`--fix` repairs the endpoint. `" + task("reconcile --all --env-file production.env") +
        "` fetches what was missed.",
    },
    fr: {
      seen: "Rien n’arrive de Stripe",
      todo: "`--fix` répare le point de terminaison. Ce qui a été manqué se récupère avec `" +
        task("reconcile --all --env-file production.env") + "`.",
    },
    command: DOCTOR,
    codes: [
      "endpoint_missing",
      "endpoint_disabled",
      "endpoint_wrong_url",
      "event_types_missing",
      "stripe_key_refused",
      "webhook_silent",
      "event_never_arrived",
    ],
  },
  {
    en: {
      seen: "No signatures found matching the expected signature for payload",
      also: ["`400` `bad_signature` from `stripe-webhook`"],
      todo:
        "Each endpoint at Stripe has a signing secret of its own (`whsec_…`). That of Sesame's " +
        "endpoint belongs to Sesame's function, that of the old site's endpoint to the old site. If " +
        "your own route says this, verify the raw body (`await request.text()`), not parsed JSON.",
    },
    fr: {
      seen: "No signatures found matching the expected signature for payload",
      also: ["`400` `bad_signature` de `stripe-webhook`"],
      todo:
        "Chaque point de terminaison a chez Stripe son propre secret (`whsec_…`). Celui de Sesame " +
        "va à la fonction de Sesame, celui de l’ancien site à l’ancien site. Si c’est votre propre " +
        "route qui le dit, vérifiez le corps brut (`await request.text()`), pas le JSON déjà lu.",
    },
    command: DOCTOR,
    codes: [
      "webhook_refused_secret",
      "webhook_refused_body",
      "webhook_refused_clock",
      "webhook_refused_endpoint",
      "webhook_refused",
      "secret_differs",
      "clock_skew",
      "endpoint_other",
      "endpoint_missing",
    ],
  },
  {
    en: {
      seen: "Stripe shows deliveries that fail: `401`, `404`, `500` or `503`",
      todo:
        "401: the platform asks for a JWT. 404: the function is not deployed, or the address is " +
        "wrong. 500: an event could not be applied. 503: the function does not start, or Postgres " +
        "is busy. Stripe sends each of them again for three days.",
    },
    fr: {
      seen: "Stripe montre des envois en échec : `401`, `404`, `500` ou `503`",
      todo:
        "401 : la plateforme exige un JWT. 404 : la fonction n’est pas déployée, ou l’adresse est " +
        "fausse. 500 : un événement n’a pas pu être appliqué. 503 : la fonction ne démarre pas, ou " +
        "Postgres est occupé. Stripe renvoie chaque envoi, pendant trois jours.",
    },
    command: DOCTOR,
    codes: [
      "jwt_required",
      "function_missing",
      "endpoint_wrong_url",
      "event_failed",
      "env_missing",
      "env_malformed",
      "function_not_starting",
      "connections_exhausted",
      "webhook_failing",
    ],
  },
  {
    en: {
      seen: "Everything happens twice: two mails, two accesses, two tokens",
      todo:
        "Two endpoints receive the events of one payment. The doctor says who owns each, and when " +
        "to disable the old one.",
    },
    fr: {
      seen: "Tout est fait deux fois : deux e-mails, deux accès, deux jetons",
      todo: "Deux points de terminaison reçoivent le même paiement. Le diagnostic dit à qui est " +
        "chacun, et quand désactiver l’ancien.",
    },
    command: DOCTOR,
    codes: ["endpoint_other", "endpoint_duplicate"],
  },
  {
    en: {
      seen: '`42P01` relation "module_access" does not exist',
      todo:
        "Apply the migrations with setup or `db push`; they create the table. Do not create it " +
        "by hand. A table of the old site is in schema `legacy` after moving in.",
    },
    fr: {
      seen: '`42P01` relation "module_access" does not exist',
      also: ["La table `module_access` n'existe pas"],
      todo:
        "Appliquez les migrations avec setup ou `db push` : elles créent la table. Ne la créez " +
        "pas à la main. Une table de l’ancien site est, après la reprise, dans le schéma `legacy`.",
    },
    command: DOCTOR,
    codes: ["migration_missing", "table_missing", "migration_incomplete"],
  },
  {
    en: {
      seen: "`PGRST205` Could not find the table 'public.module_access' in the schema cache",
      todo: "If the doctor finds nothing, the Data API has not read the schema again yet: type " +
        "`notify pgrst, 'reload schema'` in the SQL editor. Otherwise the page asks another project.",
    },
    fr: {
      seen: "`PGRST205` Could not find the table 'public.module_access' in the schema cache",
      todo:
        "Si le diagnostic ne trouve rien, l’API n’a pas encore relu le schéma : tapez `notify " +
        "pgrst, 'reload schema'` dans l’éditeur SQL. Sinon, la page interroge un autre projet.",
    },
    command: DOCTOR,
    codes: ["migration_missing", "table_missing"],
  },
  {
    en: {
      seen: "`22P02` invalid input syntax for type uuid",
      todo:
        "`user_id` is the id of an account: a uuid, not an address or a name. The statement finds " +
        "it. Ask with `user_id = 'ada00000-…'`, not with `test-user-id`. No row: `no_account`.",
    },
    fr: {
      seen: "`22P02` invalid input syntax for type uuid",
      todo: "`user_id` est l’identifiant d’un compte, un uuid, et non une adresse ni un nom. " +
        "L’instruction le trouve. Demandez avec `user_id = 'ada00000-…'`, pas avec `test-user-id`. " +
        "Aucune ligne : `no_account`.",
    },
    command: "select id, email from auth.users where email = 'ada@example.com'",
    codes: ["no_account", "user_unreadable"],
  },
  {
    en: {
      seen: "`PGRST116` The result contains 0 rows",
      also: ["Cannot coerce the result to a single JSON object"],
      todo:
        "`.single()` requires one row. A member without access has none. That is a valid answer, " +
        "so use `.maybeSingle()`. After an insert, look for the access in `my_modules` before you " +
        "insert again.",
    },
    fr: {
      seen: "`PGRST116` The result contains 0 rows",
      also: ["Cannot coerce the result to a single JSON object"],
      todo:
        "`.single()` exige une ligne. Un membre sans accès n’en a pas : c’est une réponse normale, " +
        "utilisez `.maybeSingle()`. Après un insert, cherchez l’accès dans `my_modules` avant de " +
        "recommencer.",
    },
    command: ADA,
    codes: ["nothing_bought", "no_purchase_known", "no_account", "email_unverified"],
  },
  {
    en: {
      seen: "`401` or `400` from `module-token`",
      also: ["`not_signed_in`, `secret_key_needed`, `invalid_request`"],
      todo:
        "401: send the member's session as a bearer token or, from a server, the secret key in " +
        "the header `apikey`. 400: `detail` names the field and what to write there. Every answer: " +
        "[errors](errors.md#from-the-functions), [module servers](module_servers.md).",
    },
    fr: {
      seen: "`401` ou `400` de `module-token`",
      also: ["`not_signed_in`, `secret_key_needed`, `invalid_request`"],
      todo: "401 : envoyez la session du membre comme jeton bearer ou, depuis un serveur, la clé " +
        "secrète dans l’en-tête `apikey`. 400 : `detail` nomme le champ et ce qu’il faut y écrire. " +
        "Toutes les réponses : [erreurs, en anglais](errors.md#from-the-functions), [serveurs de " +
        "modules, en anglais](module_servers.md).",
    },
    command: DOCTOR,
    codes: ["jwt_required", "function_missing", "function_not_starting", "env_malformed"],
  },
  {
    en: {
      seen: "`403` from `module-token`",
      also: ["`no_access`, `denied`"],
      todo: "The key is right, and the member has no access now. The answer says why.",
    },
    fr: {
      seen: "`403` de `module-token`",
      also: ["`no_access`, `denied`"],
      todo: "La clé est bonne, et le membre n’a pas d’accès en ce moment. La réponse dit pourquoi.",
    },
    command: ADA,
    codes: [
      "nothing_bought",
      "expired",
      "exhausted",
      "refunded",
      "disputed",
      "canceled",
      "unpaid",
      "past_due_expired",
      "revoked",
      "denied",
    ],
  },
];
