import type { Module } from "@pages/encours/modules.ts";
import { siteWordsFor } from "@/lib/words.ts";

/** The content of a module: put your own page here. Only members with access receive it. */
export function Content({ module, language }: { module: Module; language: string }) {
  return <div className="content">{siteWordsFor(language).content(module.title)}</div>;
}
