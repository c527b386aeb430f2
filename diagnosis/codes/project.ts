/** Problems of a project: its environment, its migrations, its functions. */

import { afterPutting, PROJECT_FILE, setSecrets } from "../commands.ts";
import type { Cause } from "../cause.ts";
import { PACKAGE } from "../package_name.ts";
import { task } from "../task_command.ts";

export const PROJECT = {
  env_missing: {
    severity: "error",
    order: 100,
    fixedBy: null,
    command: setSecrets("<name>"),
    en: {
      symptom: "A function answers 503 BOOT_ERROR.",
      cause: "A variable that the functions need is missing or empty. If an old site has it " +
        "under another name, the detail gives both names.",
      fix: "Set the variable. docs/errors.md says where its value comes from.",
    },
    fr: {
      symptom: "Une fonction répond 503 BOOT_ERROR.",
      cause: "Une variable nécessaire aux fonctions manque ou est vide. Si l’ancien site l’a " +
        "sous un autre nom, le détail donne les deux.",
      fix: "Renseignez-la. docs/errors.md dit d’où vient sa valeur.",
    },
  },
  env_malformed: {
    severity: "error",
    order: 100,
    fixedBy: null,
    command: setSecrets("<name>"),
    en: {
      symptom: "A function answers 503 BOOT_ERROR.",
      cause: "A variable does not have the form that it needs.",
      fix: "Set the variable as the detail says.",
    },
    fr: {
      symptom: "Une fonction répond 503 BOOT_ERROR.",
      cause: "Une variable n’a pas la forme voulue.",
      fix: "Renseignez-la comme le détail le dit.",
    },
  },
  connections_exhausted: {
    severity: "error",
    order: 200,
    fixedBy: null,
    command: "select pid, usename, state, query from pg_stat_activity order by state_change",
    en: {
      symptom: "Everything is slow, or answers 503.",
      cause: "Nearly all connections to Postgres are in use.",
      fix: "Close the connections that are not needed, or use the pooler.",
    },
    fr: {
      symptom: "Tout est lent, ou répond 503.",
      cause: "Presque toutes les connexions à Postgres sont prises.",
      fix: "Fermez les connexions inutiles, ou passez par le pooler.",
    },
  },
  stands_aside: {
    severity: "error",
    order: 300,
    fixedBy: null,
    command: afterPutting(
      "SUPABASE_DB_URL",
      PROJECT_FILE,
      task(`backfill --redo --env-file ${PROJECT_FILE}`),
    ),
    en: {
      symptom: "Purchases open nothing, and Stripe gets 503.",
      cause: "`backfill --undo` restored the old tables and switched Sesame off.",
      fix: "Leave it so and disable the endpoint at Stripe. Or switch Sesame on again, and " +
        "fetch with `reconcile` what Stripe no longer sends.",
    },
    fr: {
      symptom: "Les achats n’ouvrent rien, et Stripe reçoit des réponses 503.",
      cause: "`backfill --undo` a remis les anciennes tables en place et désactivé Sesame.",
      fix: "Restez-en là et désactivez le point de terminaison chez Stripe. Ou réactivez " +
        "Sesame, puis récupérez avec `reconcile` ce que Stripe n’envoie plus.",
    },
  },
  version_older: {
    severity: "warning",
    order: 350,
    fixedBy: null,
    command: `${task("upgrade")}\nnpx supabase@3.1.0 db push`,
    en: {
      symptom: "The database has an older version of Sesame. It works as that version does.",
      cause: "The doctor is newer than the database, so it does not compare their objects.",
      fix:
        "Upgrade your project, push and deploy. In a clone, run setup again. Or use the doctor of " +
        "the version in the database.",
    },
    fr: {
      symptom:
        "La base a une version plus ancienne de Sesame. Elle fonctionne comme cette version.",
      cause: "Le diagnostic est plus récent que la base : il ne compare donc pas leurs objets.",
      fix:
        "Mettez votre projet à jour, puis appliquez la migration et déployez. Depuis un clone, " +
        "relancez setup. Ou utilisez le diagnostic de la version de la base.",
    },
  },
  version_newer: {
    severity: "warning",
    order: 350,
    fixedBy: null,
    command: `npx ${PACKAGE}@<version> doctor`,
    en: {
      symptom: "The database has a newer version of Sesame than this command.",
      cause:
        "The database was upgraded, and this command was not. So it does not compare their objects.",
      fix: "Use the version that the database has. Fetch the newest commits of your repository.",
    },
    fr: {
      symptom: "La base a une version de Sesame plus récente que cette commande.",
      cause:
        "La base a été mise à jour, pas cette commande : elle ne compare donc pas leurs objets.",
      fix: "Utilisez la version de la base. Récupérez les derniers commits de votre dépôt.",
    },
  },
  migration_missing: {
    severity: "error",
    order: 400,
    fixedBy: "check",
    command: "npx supabase@3.1.0 db push --include-all --remote",
    en: {
      symptom: "Tables or functions are missing.",
      cause: "A migration is not applied. None of the objects that it creates exists.",
      fix: "Push it.",
    },
    fr: {
      symptom: "Des tables ou des fonctions manquent.",
      cause: "Une migration n’est pas appliquée : aucun des objets qu’elle crée n’existe.",
      fix: "Appliquez-la.",
    },
  },
  migration_unrecorded: {
    severity: "warning",
    order: 400,
    fixedBy: "check",
    command: "npx supabase@3.1.0 migration repair --status applied <version> --remote",
    en: {
      symptom: "A push fails because an object already exists. Everything else works.",
      cause: "All objects of a migration exist, but the history has no row for it.",
      fix: "Do not push it again. Record it as applied.",
    },
    fr: {
      symptom: "Un push échoue parce qu’un objet existe déjà. Tout le reste fonctionne.",
      cause: "Tous les objets d’une migration existent, mais l’historique n’a pas de ligne pour " +
        "elle.",
      fix: "Ne l’appliquez pas de nouveau. Notez-la comme appliquée.",
    },
  },
  migration_incomplete: {
    severity: "error",
    order: 400,
    fixedBy: null,
    command: task("doctor --fix"),
    en: {
      symptom: "A push fails because an object already exists, and something is missing.",
      cause: "The history has no row for a migration, and only some of its objects exist.",
      fix: "Let the doctor create the missing objects again. Then record the migration as applied.",
    },
    fr: {
      symptom: "Un push échoue parce qu’un objet existe déjà, et il manque quelque chose.",
      cause: "L’historique n’a pas de ligne pour une migration, et seuls certains de ses objets " +
        "existent.",
      fix: "Laissez le diagnostic recréer les objets manquants. Puis notez la migration comme " +
        "appliquée.",
    },
  },
  migration_unknown: {
    severity: "warning",
    order: 401,
    fixedBy: null,
    command: "npx supabase@3.1.0 migration list --remote",
    en: {
      symptom: "The database has a newer version of Sesame than this repository.",
      cause: "A migration of Sesame was applied that is not in this repository.",
      fix: "Update this repository to the newest version.",
    },
    fr: {
      symptom: "La base contient une version de Sesame plus récente que ce dépôt.",
      cause: "Une migration de Sesame appliquée à la base n’est pas dans ce dépôt.",
      fix: "Mettez ce dépôt à jour.",
    },
  },
  cron_unscheduled: {
    severity: "warning",
    order: 600,
    fixedBy: null,
    command: "select sesame.schedule_reconcile();",
    en: {
      symptom: "Missed events stay missed.",
      cause: "pg_cron is installed, but one of Sesame's jobs is not scheduled.",
      fix: "Store the two secrets of docs/operations.md in the vault, and schedule reconcile " +
        "in SQL.",
    },
    fr: {
      symptom: "Les événements manqués le restent.",
      cause: "pg_cron est installé, mais une tâche de Sesame n’est pas planifiée.",
      fix: "Enregistrez dans le coffre les deux secrets de docs/operations.md, puis planifiez " +
        "reconcile en SQL.",
    },
  },
  schema_not_exposed: {
    severity: "error",
    order: 560,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Every request to the Data API answers 406 PGRST106.",
      cause: "The Data API does not serve the schema with Sesame's tables and functions.",
      fix:
        "Push the migration first. Then add the schema to the exposed schemas: in the Dashboard, " +
        "Settings, Data API. For the local stack of the Supabase CLI it stands in schemas of [api] " +
        "in supabase/config.toml.",
    },
    fr: {
      symptom: "Chaque requête à l’API de données reçoit 406 PGRST106.",
      cause: "L’API de données ne sert pas le schéma des tables et des fonctions de Sesame.",
      fix:
        "Appliquez d’abord la migration. Ajoutez ensuite le schéma aux schémas exposés : dans le " +
        "Dashboard, Settings, Data API. Pour la pile locale de la CLI de Supabase, il est dans " +
        "schemas de [api] dans supabase/config.toml.",
    },
  },
  function_missing: {
    severity: "error",
    order: 700,
    fixedBy: null,
    command: "npx supabase@3.1.0 functions deploy <function> --use-api",
    en: {
      symptom: "Stripe's deliveries get 404.",
      cause: "A function is not deployed.",
      fix: "Deploy it.",
    },
    fr: {
      symptom: "Les envois de Stripe reçoivent 404.",
      cause: "Une fonction n’est pas déployée.",
      fix: "Déployez-la.",
    },
  },
  function_not_starting: {
    severity: "error",
    order: 700,
    fixedBy: null,
    command: "npx supabase@3.1.0 functions deploy <function> --use-api",
    en: {
      symptom: "Deliveries get 503 or 546.",
      cause: "A function does not start, or something else answers in its place.",
      fix: "Read its log. It names every variable that is wrong.",
    },
    fr: {
      symptom: "Les envois reçoivent 503 ou 546.",
      cause: "Une fonction ne démarre pas, ou autre chose répond à sa place.",
      fix: "Lisez son journal. Il nomme chaque variable fautive.",
    },
  },
  jwt_required: {
    severity: "error",
    order: 700,
    fixedBy: null,
    command: "npx supabase@3.1.0 functions deploy <function> --use-api --no-verify-jwt",
    en: {
      symptom: "Stripe's deliveries get 401.",
      cause: "The platform requires a JWT, and Stripe sends none.",
      fix: "Deploy with verify_jwt = false, as config.toml says.",
    },
    fr: {
      symptom: "Les envois de Stripe reçoivent 401.",
      cause: "La plateforme exige un JWT, et Stripe n’en envoie pas.",
      fix: "Déployez avec verify_jwt = false, comme dans config.toml.",
    },
  },
  clock_skew: {
    severity: "error",
    order: 900,
    fixedBy: null,
    command: null,
    en: {
      symptom: "Good signatures are refused.",
      cause: "Two clocks differ by more than a minute. A signature is valid for five minutes.",
      fix: "Set the clock that is wrong.",
    },
    fr: {
      symptom: "De bonnes signatures sont refusées.",
      cause: "Deux horloges diffèrent de plus d’une minute. Une signature vaut cinq minutes.",
      fix: "Réglez l’horloge fausse.",
    },
  },
  backfill_incomplete: {
    severity: "error",
    order: 1500,
    fixedBy: "check",
    command: afterPutting(
      "SUPABASE_DB_URL",
      PROJECT_FILE,
      task(`backfill --env-file ${PROJECT_FILE}`),
    ),
    en: {
      symptom: "Customers of the old database lack modules that they had.",
      cause: "Rows of schema legacy have not been copied yet.",
      fix: "Run the backfill. If it is interrupted, run it again.",
    },
    fr: {
      symptom: "Des clients de l’ancienne base n’ont pas tous leurs modules.",
      cause: "Des lignes du schéma legacy ne sont pas encore reprises.",
      fix: "Lancez la reprise. Si elle est interrompue, relancez-la.",
    },
  },
  old_row_stays: {
    severity: "warning",
    order: 1500,
    fixedBy: null,
    command: "select * from sesame.moving_in_rows() where state = 'stays'",
    en: {
      symptom: "A customer of the old database lacks a module that they had.",
      cause: "A row of schema legacy cannot be copied as it is. The detail says why.",
      fix: "Correct the row there and run the backfill again. If no row is needed any more, " +
        "drop schema legacy.",
    },
    fr: {
      symptom: "Un client de l’ancienne base n’a pas un module qu’il avait.",
      cause: "Une ligne du schéma legacy ne peut pas être reprise telle quelle. Le détail dit " +
        "pourquoi.",
      fix: "Corrigez-la et relancez la reprise. Si plus aucune ligne ne sert, supprimez le " +
        "schéma legacy.",
    },
  },
  legacy_tokens_issued: {
    severity: "warning",
    order: 1600,
    fixedBy: null,
    command: "update public.modules set metadata = metadata - 'token_alg' where slug = '<module>'",
    en: {
      symptom: "A module still gets tokens in the old site's format (HS256).",
      cause: "Its server verifies with the secret that the site and all old modules share. Each " +
        "of them can sign tokens for any user and any of these modules. A refund does not " +
        "end a token early.",
      fix: "Let its server verify with the published keys, or use module-token/verify " +
        "(docs/module_servers.md). Then switch the module over. After the last one, remove " +
        "MODULE_TOKEN_LEGACY_SECRET.",
    },
    fr: {
      symptom: "Un module reçoit encore des jetons au format de l’ancien site (HS256).",
      cause: "Son serveur vérifie avec le secret que partagent le site et tous les anciens " +
        "modules. Chacun d’eux peut signer des jetons pour n’importe quel utilisateur de " +
        "ces modules. Un remboursement n’arrête pas un jeton avant son terme.",
      fix: "Faites vérifier les jetons par les clés publiées, ou utilisez module-token/verify " +
        "(docs/module_servers.md). Puis basculez le module. Après le dernier, supprimez " +
        "MODULE_TOKEN_LEGACY_SECRET.",
    },
  },
  addresses_unproven: {
    severity: "error",
    order: 1700,
    fixedBy: "check",
    command: task("doctor --fix"),
    en: {
      symptom: "Anyone can sign up with a guest's address and get what the guest paid for.",
      cause: "verified_email_claims is on, and Auth confirms addresses without asking " +
        "(mailer_autoconfirm).",
      fix: "Let Auth ask (Authentication, Sign In / Providers, Email: Confirm email), or " +
        "switch the setting off. sesame.claims lists what was claimed meanwhile.",
    },
    fr: {
      symptom:
        "N’importe qui peut s’inscrire avec l’adresse d’un acheteur sans compte et recevoir" +
        " son achat.",
      cause: "verified_email_claims est activé, et Auth confirme les adresses sans demander " +
        "(mailer_autoconfirm).",
      fix: "Faites demander confirmation par Auth (Authentication, Sign In / Providers, Email " +
        ": Confirm email), ou désactivez ce réglage. sesame.claims liste ce qui a été " +
        "réclamé entre-temps.",
    },
  },
} as const satisfies Record<string, Cause>;
