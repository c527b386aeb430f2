"use client";

import { en } from "@pages/encours/words/en.ts";
import { fr } from "@pages/encours/words/fr.ts";

/** Shown if a page fails, for example while the database is down. The server's log has the error. */
export default function Failed() {
  return (
    <div role="alert">
      <p lang="fr">{fr.failed}</p>
      <p lang="en">{en.failed}</p>
    </div>
  );
}
