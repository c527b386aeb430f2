import { readerLanguage } from "@/lib/reader_language.ts";
import { siteWordsFor } from "@/lib/words.ts";

export default async function NotFound() {
  return <h1>{siteWordsFor(await readerLanguage()).notFound}</h1>;
}
