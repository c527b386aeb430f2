"use client";

import Failed from "./error.tsx";

/** The same where even the layout fails, such as when nobody can say who is signed in. */
export default function GlobalError() {
  return (
    <html lang="fr">
      <body>
        <Failed />
      </body>
    </html>
  );
}
