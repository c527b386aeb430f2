/** What may be wrong with a whole project: every code that only `deno task doctor` prints. */

import { task } from "./task_command.ts";
import type { Cause } from "./cause.ts";
import { move } from "./commands.ts";

const FIX = task("doctor --fix");

export const PROJECT_CAUSES: Readonly<Record<string, Cause>> = {
  env_missing: cause(
    [
      "A function answers 503 BOOT_ERROR.",
      "A variable that the functions need is missing or empty. Where an old site has it under " +
      "another name, the detail says both names.",
      "Set it; docs/errors.md says where it comes from.",
    ],
    [
      "Une fonction répond 503 BOOT_ERROR.",
      "Une variable nécessaire aux fonctions manque ou est vide. Si l’ancien site l’a sous un autre " +
      "nom, le détail donne les deux.",
      "Renseignez-la ; docs/errors.md dit d’où elle vient.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with <name> in it",
  ),
  env_malformed: cause(
    [
      "A function answers 503 BOOT_ERROR.",
      "A variable does not have the form that it needs.",
      "Set it as the detail says.",
    ],
    [
      "Une fonction répond 503 BOOT_ERROR.",
      "Une variable n’a pas la forme voulue.",
      "Renseignez-la comme le détail le dit.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with <name> in it",
  ),
  connections_exhausted: cause(
    [
      "Everything is slow, or answers 503.",
      "Nearly all connections to Postgres are taken.",
      "End what holds them, or use the pooler.",
    ],
    [
      "Tout est lent, ou répond 503.",
      "Presque toutes les connexions à Postgres sont prises.",
      "Libérez-les, ou passez par le pooler.",
    ],
    "select pid, usename, state, query from pg_stat_activity order by state_change",
  ),
  migration_missing: cause(
    [
      "Tables or functions are missing.",
      "A migration is not applied: none of the objects that it makes is there.",
      "Push it.",
    ],
    [
      "Des tables ou des fonctions manquent.",
      "Une migration n’est pas appliquée : aucun des objets qu’elle crée n’existe.",
      "Appliquez-la.",
    ],
    "npx supabase@3.1.0 db push --include-all --remote",
  ),
  migration_unrecorded: cause(
    [
      "A push fails because an object already exists. Everything else works.",
      "The objects of a migration are all there, but the history has no row for it.",
      "Do not push it again: record it as applied.",
    ],
    [
      "Un push échoue parce qu’un objet existe déjà. Tout le reste fonctionne.",
      "Tous les objets d’une migration existent, mais l’historique n’a pas de ligne pour elle.",
      "Ne l’appliquez pas de nouveau : notez-la comme appliquée.",
    ],
    "npx supabase@3.1.0 migration repair --status applied <version> --remote",
  ),
  migration_incomplete: cause(
    [
      "A push fails because an object already exists, and something is missing.",
      "The history has no row for a migration, and only some of its objects are there.",
      "Let the doctor make the missing objects again; then record the migration as applied.",
    ],
    [
      "Un push échoue parce qu’un objet existe déjà, et il manque quelque chose.",
      "L’historique n’a pas de ligne pour une migration, et seuls certains de ses objets existent.",
      "Laissez le diagnostic recréer les objets manquants, puis notez la migration comme appliquée.",
    ],
    FIX,
  ),
  migration_unknown: cause(
    [
      "The database has a newer version of Sesame than this repository.",
      "A migration of Sesame was applied that is not in this repository.",
      "Update this repository to the newest version.",
    ],
    [
      "La base contient une version de Sesame plus récente que ce dépôt.",
      "Une migration de Sesame appliquée à la base n’est pas dans ce dépôt.",
      "Mettez ce dépôt à jour.",
    ],
    "npx supabase@3.1.0 migration list --remote",
  ),
  table_missing: drifted("A table is gone.", "Une table a disparu."),
  view_differs: drifted("A view is gone, or another.", "Une vue a disparu, ou diffère."),
  column_differs: drifted("A column is gone, or another.", "Une colonne a disparu, ou diffère."),
  index_differs: drifted("An index is gone, or another.", "Un index a disparu, ou diffère."),
  constraint_differs: drifted(
    "A constraint is gone, or another.",
    "Une contrainte a disparu, ou diffère.",
  ),
  type_differs: drifted("A type is gone, or another.", "Un type a disparu, ou diffère."),
  grant_differs: drifted(
    "Who may read, write or execute is not what the migrations say.",
    "Les droits de lire, écrire ou exécuter ne sont pas ceux des migrations.",
  ),
  trigger_missing: drifted(
    "A trigger is gone, or another.",
    "Un déclencheur a disparu, ou diffère.",
  ),
  trigger_disabled: drifted("A trigger is disabled.", "Un déclencheur est désactivé."),
  policy_differs: drifted("A policy says something else.", "Une règle RLS dit autre chose."),
  policy_unexpected: drifted(
    "There is a policy on our tables that no migration made.",
    "Une règle RLS sur nos tables ne vient d’aucune migration.",
  ),
  routine_missing: drifted(
    "A function of the database is gone.",
    "Une fonction de la base a disparu.",
  ),
  routine_differs: drifted(
    "A function of the database is another.",
    "Une fonction de la base diffère.",
  ),
  cron_unscheduled: cause(
    [
      "What was missed stays missed.",
      "pg_cron is there, and no job of ours is scheduled.",
      "Tell the vault the two secrets of docs/operations.md, and schedule reconcile in SQL.",
    ],
    [
      "Ce qui a été manqué le reste.",
      "pg_cron est là, mais aucune tâche à nous n’est planifiée.",
      "Confiez au coffre les deux secrets de docs/operations.md, puis planifiez reconcile en SQL.",
    ],
    "select sesame.schedule_reconcile();",
  ),
  function_missing: cause(
    ["Stripe's deliveries are answered 404.", "A function is not deployed.", "Deploy it."],
    ["Les envois de Stripe reçoivent 404.", "Une fonction n’est pas déployée.", "Déployez-la."],
    "npx supabase@3.1.0 functions deploy --use-api",
  ),
  function_not_starting: cause(
    [
      "Deliveries are answered 503 or 546.",
      "A function does not start, or does not answer as ours do.",
      "Read its log: it names every variable that is wrong.",
    ],
    [
      "Les envois reçoivent 503 ou 546.",
      "Une fonction ne démarre pas, ou ne répond pas comme les nôtres.",
      "Lisez son journal : il nomme chaque variable fautive.",
    ],
    "npx supabase@3.1.0 functions deploy --use-api",
  ),
  jwt_required: cause(
    [
      "Stripe's deliveries are answered 401.",
      "The platform asks for a JWT that Stripe does not send.",
      "Deploy with verify_jwt = false, as config.toml says.",
    ],
    [
      "Les envois de Stripe reçoivent 401.",
      "La plateforme exige un JWT que Stripe n’envoie pas.",
      "Déployez avec verify_jwt = false, comme dans config.toml.",
    ],
    "npx supabase@3.1.0 functions deploy --use-api --no-verify-jwt",
  ),
  clock_skew: cause(
    [
      "Good signatures are refused.",
      "Two clocks are more than a minute apart; a signature holds for five.",
      "Set the clock that is off.",
    ],
    [
      "De bonnes signatures sont refusées.",
      "Deux horloges diffèrent de plus d’une minute ; une signature vaut cinq minutes.",
      "Réglez l’horloge fautive.",
    ],
    null,
  ),
  endpoint_missing: cause(
    [
      "Nothing arrives from Stripe.",
      "Stripe has no webhook endpoint for this project. The detail names those that send elsewhere, " +
      "to an old site for instance.",
      "Let setup create it, and set its secret; what is there already it keeps.",
    ],
    [
      "Rien n’arrive de Stripe.",
      "Stripe n’a aucun point de terminaison pour ce projet. Le détail nomme ceux qui envoient " +
      "ailleurs, à l’ancien site par exemple.",
      "Laissez setup le créer et renseigner son secret ; il garde ce qui existe déjà.",
    ],
    task(
      "setup --ref <project ref> --site <your site> --env-file setup.env  # with STRIPE_SECRET_KEY in it",
    ),
  ),
  endpoint_wrong_url: cause(
    [
      "Nothing arrives from Stripe.",
      "The endpoint in Stripe sends to another address.",
      "Point it here.",
    ],
    [
      "Rien n’arrive de Stripe.",
      "Le point de terminaison envoie à une autre adresse.",
      "Dirigez-le ici.",
    ],
    FIX,
  ),
  endpoint_disabled: cause(
    [
      "Nothing arrives from Stripe any more.",
      "The endpoint is disabled; Stripe does so after days of failures.",
      "Enable it, then bring what was missed.",
    ],
    [
      "Plus rien n’arrive de Stripe.",
      "Le point de terminaison est désactivé ; Stripe le fait après des jours d’échecs.",
      "Activez-le, puis récupérez ce qui a été manqué.",
    ],
    FIX,
  ),
  endpoint_duplicate: cause(
    [
      "Every event arrives twice.",
      "Two endpoints send to this project. That harms nothing, and costs.",
      "Remove the newer one in Stripe.",
    ],
    [
      "Chaque événement arrive deux fois.",
      "Deux points de terminaison envoient à ce projet. C’est sans danger, mais cela coûte.",
      "Supprimez le plus récent dans Stripe.",
    ],
    null,
  ),
  endpoint_other: cause(
    [
      "Stripe also sends the same events elsewhere: to your old site, or to another tool.",
      "Another enabled endpoint listens to events that Sesame reads. Two handlers for one payment may " +
      "do the work twice: two mails, two accesses, two tokens.",
      "If it is your old site's, disable it in the Dashboard once Sesame's own endpoint has " +
      "delivered a payment. Keep it for good if it only forwards the raw body to Sesame, as " +
      "examples/next does. Leave another tool's alone. --fix never disables one.",
    ],
    [
      "Stripe envoie aussi les mêmes événements ailleurs : à votre ancien site, ou à un autre outil.",
      "Un autre point de terminaison actif écoute des événements que Sesame lit. Deux traitements pour " +
      "un même paiement peuvent faire le travail deux fois : deux e-mails, deux accès, deux jetons.",
      "Si c’est celui de votre ancien site, désactivez-le dans le tableau de bord dès que celui de " +
      "Sesame a livré un paiement. Gardez-le s’il ne fait que transmettre le corps brut à Sesame, " +
      "comme examples/next. Laissez ceux d’autres outils. --fix n’en désactive jamais.",
    ],
    null,
  ),
  endpoint_too_old: cause(
    [
      "Events are read, and some fields are missing.",
      "The endpoint's API version is older than any that was tried.",
      "Make a new endpoint with a newer version.",
    ],
    [
      "Les événements sont lus, mais des champs manquent.",
      "La version d’API du point de terminaison est plus ancienne que toutes celles essayées.",
      "Créez un point de terminaison plus récent.",
    ],
    null,
  ),
  event_types_missing: cause(
    [
      "Some purchases, refunds or renewals never show.",
      "The endpoint does not listen to every event that is needed.",
      "Add those that the detail names; the others stay.",
    ],
    [
      "Certains achats, remboursements ou renouvellements n’apparaissent jamais.",
      "Le point de terminaison n’écoute pas tous les événements nécessaires.",
      "Ajoutez ceux que nomme le détail ; les autres restent.",
    ],
    FIX,
  ),
  event_types_superfluous: cause(
    [
      "More events arrive than Sesame reads.",
      "The endpoint listens to events that say nothing about access. That harms nothing, and each " +
      "of them costs a request.",
      "Leave them if something else needs them. Otherwise remove those that the detail names in " +
      "the Dashboard. --fix never removes any.",
    ],
    [
      "Il arrive plus d’événements que Sesame n’en lit.",
      "Le point de terminaison écoute des événements sans effet sur les accès. C’est sans danger, " +
      "mais chacun coûte une requête.",
      "Laissez-les si un autre outil en a besoin. Sinon, retirez dans le tableau de bord ceux que " +
      "nomme le détail. --fix n’en retire jamais.",
    ],
    null,
  ),
  stripe_key_refused: cause(
    [
      "Nobody can buy, and nothing is read from Stripe.",
      "Stripe refuses STRIPE_SECRET_KEY: it was withdrawn, or may not read webhook endpoints.",
      "Make another in the Dashboard, and set it.",
    ],
    [
      "Personne ne peut acheter, et rien n’est lu chez Stripe.",
      "Stripe refuse STRIPE_SECRET_KEY : elle a été retirée, ou ne peut pas lire les points de " +
      "terminaison.",
      "Créez-en une autre dans le tableau de bord, et renseignez-la.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with STRIPE_SECRET_KEY in it",
  ),
  secret_differs: cause(
    [
      "Every delivery is answered 400 bad_signature.",
      "The function has another signing secret than the endpoint. Each endpoint has its own: an old " +
      "site's .env holds that of the old site's endpoint.",
      "Set STRIPE_WEBHOOK_SECRET to that of Sesame's endpoint.",
    ],
    [
      "Chaque envoi reçoit 400 bad_signature.",
      "La fonction a un autre secret que le point de terminaison. Chacun a le sien : le .env de " +
      "l’ancien site contient celui de l’ancien point de terminaison.",
      "Donnez à STRIPE_WEBHOOK_SECRET celui du point de terminaison de Sesame.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with STRIPE_WEBHOOK_SECRET in it",
  ),
  webhook_refused: cause(
    [
      "Deliveries that carry Stripe's signature are refused, and nothing says why.",
      "They are too large, too late, no events, or not looked at yet. Or somebody forges them: anybody can write a " +
      "signature that does not hold.",
      "Compare with the deliveries of the endpoint in the Dashboard. Where Stripe shows no failure, they are forged and " +
      "the alert can be dismissed.",
    ],
    [
      "Des envois qui portent la signature de Stripe sont refusés, sans cause connue.",
      "Ils sont trop gros, trop tardifs, ne sont pas des événements, ou n’ont pas encore été examinés. Ou quelqu’un les " +
      "contrefait : n’importe qui peut écrire une signature fausse.",
      "Comparez avec les envois du point de terminaison dans le tableau de bord. Si Stripe n’y montre aucun échec, ils " +
      "sont contrefaits et l’alerte peut être écartée.",
    ],
    null,
  ),
  webhook_refused_secret: cause(
    [
      "Nobody gets what they pay for: deliveries are answered 400 bad_signature.",
      "Fresh, well-formed signatures match no secret in STRIPE_WEBHOOK_SECRET. The endpoint signs with another secret, " +
      "or something between changes the body.",
      "Copy the endpoint's signing secret (Dashboard, Webhooks, the endpoint, Signing secret) into " +
      "STRIPE_WEBHOOK_SECRET of the function, and let reconcile bring what was missed. With dev --listen it is " +
      "the secret that stripe listen prints.",
    ],
    [
      "Personne ne reçoit ce qu’il paie : les envois reçoivent 400 bad_signature.",
      "Des signatures récentes et bien formées ne correspondent à aucun secret de STRIPE_WEBHOOK_SECRET. Le point de " +
      "terminaison signe avec un autre secret, ou un intermédiaire modifie le corps.",
      "Copiez le secret de signature du point de terminaison (tableau de bord, Webhooks, le point de terminaison, Secret " +
      "de signature) dans STRIPE_WEBHOOK_SECRET de la fonction, puis laissez reconcile apporter ce qui a été manqué. " +
      "Avec dev --listen, c’est le secret qu’affiche stripe listen.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with STRIPE_WEBHOOK_SECRET in it\n" +
      task("reconcile"),
  ),
  webhook_refused_endpoint: cause(
    [
      "Some deliveries are answered 400 bad_signature: those of another endpoint.",
      "They match no secret, and say that they are from another endpoint: one for thin events, for connected accounts, " +
      "or of the other mode (test, live). Each endpoint has a secret of its own.",
      "Add that endpoint's signing secret to STRIPE_WEBHOOK_SECRET, separated by a comma. An endpoint of the other mode " +
      "must not send here: disable it, or send it to a project of its own.",
    ],
    [
      "Certains envois reçoivent 400 bad_signature : ceux d’un autre point de terminaison.",
      "Ils ne correspondent à aucun secret, et disent venir d’un autre point de terminaison : événements légers (thin), " +
      "comptes connectés, ou autre mode (test, réel). Chaque point de terminaison a son propre secret.",
      "Ajoutez son secret de signature à STRIPE_WEBHOOK_SECRET, séparé par une virgule. Un point de terminaison de " +
      "l’autre mode ne doit pas envoyer ici : désactivez-le, ou dirigez-le vers un projet à lui.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with every STRIPE_WEBHOOK_SECRET in it, separated by commas",
  ),
  webhook_refused_body: cause(
    [
      "Deliveries are answered 400 bad_signature, and the secret is right.",
      "Something between Stripe and the function changes the body: a route of the site that forwards parsed JSON, or a " +
      "proxy. The signature holds for the very bytes that Stripe sent.",
      "Forward the raw body and the stripe-signature header unchanged (in Next.js await request.text(), never " +
      "request.json()), or point the endpoint at the function itself.",
    ],
    [
      "Les envois reçoivent 400 bad_signature, alors que le secret est bon.",
      "Quelque chose modifie le corps entre Stripe et la fonction : une route du site qui transmet du JSON déjà lu, ou un " +
      "proxy. La signature ne vaut que pour les octets exacts que Stripe a envoyés.",
      "Transmettez le corps brut et l’en-tête stripe-signature tels quels (dans Next.js await request.text(), jamais " +
      "request.json()), ou dirigez le point de terminaison vers la fonction elle-même.",
    ],
    null,
  ),
  webhook_refused_clock: cause(
    [
      "Good deliveries are answered 400 bad_signature because of their time.",
      "The signature matches, and its time is more than five minutes off: the function's clock is wrong, something " +
      "between holds deliveries back, or somebody sends old ones again.",
      "Let the doctor compare the clocks; set the one that is off, or take away what holds deliveries back.",
    ],
    [
      "De bons envois reçoivent 400 bad_signature à cause de leur heure.",
      "La signature correspond, mais son heure est décalée de plus de cinq minutes : l’horloge de la fonction est fausse, " +
      "un intermédiaire retient les envois, ou quelqu’un renvoie d’anciens envois.",
      "Laissez le diagnostic comparer les horloges ; réglez celle qui est fausse, ou supprimez ce qui retient les envois.",
    ],
    task("doctor"),
  ),
  mode_differs: cause(
    [
      "Payments arrive and open nothing.",
      "The functions' key is of the other mode than the key given here: live and test do not mix.",
      "Give both the same mode.",
    ],
    [
      "Les paiements arrivent et n’ouvrent rien.",
      "La clé des fonctions est de l’autre mode que celle donnée ici : test et réel ne se mélangent pas.",
      "Donnez-leur le même mode.",
    ],
    "npx supabase@3.1.0 secrets set --env-file secrets.env  # with STRIPE_SECRET_KEY in it",
  ),
  webhook_failing: cause(
    [
      "Stripe shows deliveries that fail.",
      "A correctly signed event was not taken.",
      "Look up the status and the code in docs/errors.md.",
    ],
    [
      "Stripe montre des envois en échec.",
      "Un événement bien signé n’a pas été accepté.",
      "Cherchez le statut et le code dans docs/errors.md.",
    ],
    null,
  ),
  event_never_arrived: cause(
    [
      "Stripe has an event that we do not.",
      "It was never delivered, or answered by somebody else.",
      "Bring it.",
    ],
    [
      "Stripe a un événement que nous n’avons pas.",
      "Il n’a jamais été livré, ou un autre y a répondu.",
      "Récupérez-le.",
    ],
    task("reconcile --all"),
  ),
  webhook_silent: cause(
    [
      "Nothing has come from Stripe for longer than usual.",
      "Nobody buys, or Stripe's deliveries no longer arrive: the endpoint is disabled, the URL wrong, " +
      "or the function gone.",
      "Let the doctor look: where it finds nothing else, nobody has bought.",
    ],
    [
      "Rien n’est venu de Stripe depuis plus longtemps que d’habitude.",
      "Personne n’achète, ou les envois de Stripe n’arrivent plus : le point de terminaison est " +
      "désactivé, l’URL fausse, ou la fonction absente.",
      "Lancez le diagnostic : s’il ne trouve rien d’autre, personne n’a acheté.",
    ],
    FIX,
  ),
  backfill_incomplete: cause(
    [
      "Customers of the old database lack what they had.",
      "Rows of schema legacy have not come across yet.",
      "Run the backfill; interrupted, it is run again.",
    ],
    [
      "Des clients de l’ancienne base n’ont pas ce qu’ils avaient.",
      "Des lignes du schéma legacy ne sont pas encore reprises.",
      "Lancez la reprise ; interrompue, relancez-la.",
    ],
    task("backfill --env-file production.env  # with SUPABASE_DB_URL in it"),
  ),
  stands_aside: cause(
    [
      "Nothing that is bought opens, and Stripe is answered 503.",
      "`backfill --undo` put the old tables back, and Sesame to sleep.",
      "Leave it so, and disable the endpoint at Stripe; or bring Sesame back, and fetch what Stripe " +
      "gave up sending with `reconcile`.",
    ],
    [
      "Aucun achat n’ouvre plus rien, et Stripe reçoit des réponses 503.",
      "`backfill --undo` a remis les anciennes tables en place et mis Sesame en sommeil.",
      "Restez-en là et désactivez le point de terminaison chez Stripe ; ou remettez Sesame en place, " +
      "puis récupérez avec `reconcile` ce que Stripe a renoncé à envoyer.",
    ],
    task("backfill --redo --env-file production.env  # with SUPABASE_DB_URL in it"),
  ),
  old_row_stays: cause(
    [
      "A customer of the old database lacks what he had.",
      "A row of schema legacy can not come across as it is: the detail says why.",
      "Mend the row there and run the backfill again; where none is needed, drop schema legacy.",
    ],
    [
      "Un client de l’ancienne base n’a pas ce qu’il avait.",
      "Une ligne du schéma legacy ne peut pas être reprise telle quelle : le détail dit pourquoi.",
      "Corrigez-la et relancez la reprise ; si plus aucune ne sert, supprimez le schéma legacy.",
    ],
    "select * from sesame.moving_in_rows() where state = 'stays'",
  ),
  legacy_tokens_issued: cause(
    [
      "A module still gets tokens of the old site's kind (HS256).",
      "Its server verifies with the secret that the site and all old modules share. Every one of them can sign " +
      "tokens for any user and any of these modules, and no refund ends a token before its time.",
      "Let its server verify with the published keys, or ask module-token/verify (docs/module_servers.md). Then " +
      "switch it over. After the last one remove MODULE_TOKEN_LEGACY_SECRET.",
    ],
    [
      "Un module reçoit encore des jetons de l’ancien site (HS256).",
      "Son serveur vérifie avec le secret que partagent le site et tous les anciens modules. Chacun d’eux peut signer " +
      "des jetons pour n’importe quel utilisateur de ces modules, et aucun remboursement n’arrête un jeton avant son terme.",
      "Faites vérifier les jetons par les clés publiées, ou interrogez module-token/verify (docs/module_servers.md). " +
      "Puis basculez le module. Après le dernier, supprimez MODULE_TOKEN_LEGACY_SECRET.",
    ],
    "update public.modules set metadata = metadata - 'token_alg' where slug = '<module>'",
  ),
  addresses_unproven: cause(
    [
      "Anybody can sign up with a guest's address and gets what the guest paid for.",
      "verified_email_claims is on, and Auth confirms addresses without asking (mailer_autoconfirm).",
      "Let Auth ask (Authentication, Sign In / Providers, Email: Confirm email), or switch it off. " +
      "What was claimed meanwhile is in sesame.claims.",
    ],
    [
      "N’importe qui peut s’inscrire avec l’adresse d’un acheteur sans compte et recevoir son achat.",
      "verified_email_claims est activé, et Auth confirme les adresses sans demander (mailer_autoconfirm).",
      "Faites demander confirmation par Auth (Authentication, Sign In / Providers, Email : Confirm email), " +
      "ou désactivez-le. Ce qui a été réclamé entre-temps est dans sesame.claims.",
    ],
    FIX,
  ),
  fetch_pending: cause(
    [
      "A purchase waits for what only Stripe can tell.",
      "An object could not be read from Stripe yet.",
      "Read it now.",
    ],
    [
      "Un achat attend ce que seul Stripe peut dire.",
      "Un objet n’a pas encore pu être lu chez Stripe.",
      "Lisez-le maintenant.",
    ],
    task("reconcile"),
  ),
  user_unknown: cause(
    [
      "Somebody paid, and no account has the id that the sale names.",
      "The site named a user that is not in auth.users, or the account was deleted.",
      "Nothing, if they have yet to sign up or asked to be forgotten; else move the purchase.",
    ],
    [
      "Quelqu’un a payé, et aucun compte n’a l’identifiant que nomme la vente.",
      "Le site a nommé un utilisateur absent de auth.users, ou le compte a été supprimé.",
      "Rien si la personne doit encore s’inscrire ou a demandé à être oubliée ; sinon attribuez l’achat.",
    ],
    move("the account was deleted"),
  ),
  grants_stale: cause(
    [
      "Access is not what was paid for.",
      "Somebody wrote to sesame.grants, or facts were changed by hand.",
      "Derive everything again from the facts.",
    ],
    [
      "Les accès ne sont pas ce qui a été payé.",
      "Quelqu’un a écrit dans sesame.grants, ou des faits ont été changés à la main.",
      "Recalculez tout depuis les faits.",
    ],
    FIX,
  ),
  access_missing: cause(
    ["Paid, and no access.", "module_access lacks what the sources decide.", "Derive it again."],
    [
      "Payé, mais pas d’accès.",
      "Il manque à module_access ce que décident les sources.",
      "Recalculez les accès.",
    ],
    FIX,
  ),
  access_unpaid: cause(
    [
      "Access, and nothing paid for it.",
      "Somebody wrote to module_access while its triggers were off.",
      "Derive it again; where it was meant, grant it.",
    ],
    [
      "Un accès que rien n’a payé.",
      "Quelqu’un a écrit dans module_access pendant que ses déclencheurs étaient coupés.",
      "Recalculez les accès ; si c’était voulu, accordez-le.",
    ],
    FIX,
  ),
  access_stale: cause(
    [
      "Access tells another reason or end than its sources.",
      "Somebody wrote to module_access while its triggers were off.",
      "Derive it again.",
    ],
    [
      "Un accès donne une autre raison ou une autre fin que ses sources.",
      "Quelqu’un a écrit dans module_access pendant que ses déclencheurs étaient coupés.",
      "Recalculez les accès.",
    ],
    FIX,
  ),
};

type Three = [symptom: string, cause: string, mend: string];

function cause(en: Three, fr: Three, command: string | null): Cause {
  const words = ([symptom, cause, mend]: Three) => ({ symptom, cause, mend });
  return { en: words(en), fr: words(fr), command };
}

/** Something in the database that is not as the migrations make it. */
function drifted(en: string, fr: string): Cause {
  return cause(
    [
      "Something that worked does not any more.",
      en,
      "Make it again by the statements of its migration.",
    ],
    [
      "Quelque chose qui marchait ne marche plus.",
      fr,
      "Refaites-le avec les instructions de sa migration.",
    ],
    null,
  );
}
