import "@pages/kit/page.css";
import "@pages/encours/encours.css";
import "./site.css";
import { wordsFor } from "@pages/encours/words/words.ts";
import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { Account } from "@/components/account.tsx";
import { Live } from "@/components/live.tsx";
import { SessionWatch } from "@/components/session_watch.tsx";
import { currentMember } from "@/lib/member.ts";
import { readerLanguage } from "@/lib/reader_language.ts";

export async function generateMetadata(): Promise<Metadata> {
  const { title } = wordsFor(await readerLanguage());
  return { title: { default: title, template: `%s – ${title}` }, icons: "data:," };
}

/** The frame of every page: the link to the member's modules, the account and the messages. */
export default async function Layout({ children }: { children: ReactNode }) {
  const language = await readerLanguage();
  const words = wordsFor(language);
  const member = await currentMember();
  return (
    <html lang={words.language}>
      <body>
        <header id="header">
          <nav>
            <Link href="/encours">{words.title}</Link>
          </nav>
          {member !== null && <Account email={member.email} language={language} />}
        </header>
        {member === null
          ? <main id="main">{children}</main>
          : (
            <Live key={member.id} userId={member.id} language={language}>
              <main id="main">{children}</main>
            </Live>
          )}
        <SessionWatch userId={member?.id ?? null} />
      </body>
    </html>
  );
}
