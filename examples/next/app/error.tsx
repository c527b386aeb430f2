"use client";

import { en } from "@pages/encours/words/en.ts";
import { fr } from "@pages/encours/words/fr.ts";

/** A page that fails, such as when the database is down. What went wrong is in the server's log. */
export default function Failed() {
  return (
    <div role="alert">
      <p lang="fr">{fr.failed}</p>
      <p lang="en">{en.failed}</p>
    </div>
  );
}
