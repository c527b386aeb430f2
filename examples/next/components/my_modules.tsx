"use client";

import { isTheirs } from "@pages/encours/modules.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import { useLive } from "./live.tsx";
import { ModuleCard } from "./module_card.tsx";

/** The member's modules, and below them the others on offer. A payment appears without a reload. */
export function MyModules({ language }: { language: string }) {
  const words = wordsFor(language);
  const { modules } = useLive();
  if (modules === null) return <p className="quiet loading">{words.loading}</p>;

  const cards = (isYours: boolean) =>
    modules.filter((module) => isTheirs(module) === isYours)
      .map((module) => <ModuleCard key={module.slug} module={module} language={language} />);
  const [yours, offered] = [cards(true), cards(false)];
  return (
    <div>
      <section id="yours" aria-labelledby="yours-title">
        <h2 id="yours-title">{words.yours}</h2>
        {yours.length > 0 ? <ul>{yours}</ul> : <p>{words.none}</p>}
      </section>
      {offered.length > 0 && (
        <section id="offered" aria-labelledby="offered-title">
          <h2 id="offered-title">{words.offered}</h2>
          <ul>{offered}</ul>
        </section>
      )}
    </div>
  );
}
