"use client";

import Failed from "./error.tsx";

/** Shown if even the layout fails, for example while Auth cannot say who is signed in. */
export default function GlobalError() {
  return (
    <html lang="fr">
      <body>
        <Failed />
      </body>
    </html>
  );
}
