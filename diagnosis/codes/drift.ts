/** Differences between the database and the migrations. */

import type { Cause } from "../cause.ts";

const SYMPTOM = {
  en: "Something that worked no longer works.",
  fr: "Quelque chose qui marchait ne marche plus.",
};

export const DRIFT = {
  table_missing: {
    severity: "error",
    order: 500,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A table does not exist.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une table a disparu.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  type_differs: {
    severity: "error",
    order: 501,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A type does not exist or differs.",
      fix: "Change it back by hand as its migration creates it: rows depend on it.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Un type a disparu ou diffère.",
      fix: "Remettez-le à la main comme dans sa migration : des lignes en dépendent.",
    },
  },
  column_differs: {
    severity: "error",
    order: 502,
    fixedBy: null,
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A column does not exist or differs.",
      fix: "Change it back by hand as its migration creates it: rows depend on it.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une colonne a disparu ou diffère.",
      fix: "Remettez-le à la main comme dans sa migration : des lignes en dépendent.",
    },
  },
  routine_missing: {
    severity: "error",
    order: 503,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A function of the database does not exist.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une fonction de la base a disparu.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  policy_unexpected: {
    severity: "error",
    order: 505,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "Sesame's tables have a policy that no migration creates.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Les tables de Sesame ont une règle RLS qui ne vient d’aucune migration.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  policy_differs: {
    severity: "error",
    order: 506,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A policy differs.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une règle RLS diffère.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  view_differs: {
    severity: "error",
    order: 508,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A view does not exist or differs.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une vue a disparu ou diffère.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  index_differs: {
    severity: "warning",
    order: 508,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "An index does not exist or differs.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Un index a disparu ou diffère.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  constraint_differs: {
    severity: "error",
    order: 508,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A constraint does not exist or differs.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une contrainte a disparu ou diffère.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  trigger_missing: {
    severity: "error",
    order: 508,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A trigger does not exist or differs.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Un déclencheur a disparu ou diffère.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  trigger_disabled: {
    severity: "error",
    order: 508,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A trigger is disabled.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Un déclencheur est désactivé.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  routine_differs: {
    severity: "error",
    order: 508,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "A function of the database differs.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Une fonction de la base diffère.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
  grant_differs: {
    severity: "error",
    order: 509,
    fixedBy: "check",
    command: null,
    en: {
      symptom: SYMPTOM.en,
      cause: "The rights to read, write or execute are not those of the migrations.",
      fix: "Create it again with the statements of its migration.",
    },
    fr: {
      symptom: SYMPTOM.fr,
      cause: "Les droits de lire, écrire ou exécuter ne sont pas ceux des migrations.",
      fix: "Recréez-le avec les instructions de sa migration.",
    },
  },
} as const satisfies Record<string, Cause>;
