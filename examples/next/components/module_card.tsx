"use client";

import { actionsFor, stateInWords } from "@pages/encours/module_in_words.ts";
import { isTheirs, type Module } from "@pages/encours/modules.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import Link from "next/link";

/** One module of the list: its name, its state and the link to its page. */
export function ModuleCard({ module, language }: { module: Module; language: string }) {
  const { slug, title, description, holding } = module;
  const words = wordsFor(language);
  const state = stateInWords(module, words, Date.now());
  const [action] = actionsFor(module);
  return (
    <li
      className={isTheirs(module) ? "module theirs" : "module"}
      data-module={slug}
      data-status={holding?.status ?? "none"}
    >
      <h3>{title}</h3>
      {description !== null && <p className="description">{description}</p>}
      {state !== "" && <p className="state">{state}</p>}
      {action !== undefined && (
        <div className="actions">
          <Link
            className="button"
            href={`/modules/${slug}`}
            prefetch={false} // the server decides about access at the click
            aria-label={`${words[action]} – ${title}`}
          >
            {words[action]}
          </Link>
        </div>
      )}
    </li>
  );
}
