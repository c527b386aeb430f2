import type { Module } from "@pages/encours/modules.ts";
import { siteWordsFor } from "@/lib/words.ts";

/** What a module is about: put your own page here. It is sent to members with access alone. */
export function Content({ module, language }: { module: Module; language: string }) {
  return <div className="content">{siteWordsFor(language).content(module.title)}</div>;
}
