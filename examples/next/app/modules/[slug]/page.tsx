import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ModuleActions } from "@/components/module_actions.tsx";
import { RefreshOnChange } from "@/components/refresh_on_change.tsx";
import { SignIn } from "@/components/sign_in.tsx";
import { currentMember } from "@/lib/member.ts";
import { isOpen, readModule } from "@/lib/module.ts";
import { readerLanguage } from "@/lib/reader_language.ts";
import { siteWordsFor } from "@/lib/words.ts";
import { Content } from "./content.tsx";

interface Props {
  params: Promise<{ slug: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await readModule((await params).slug))?.title };
}

/** A module's page. The server decides here, at each request, whether the member may see the content. */
export default async function ModulePage({ params }: Props) {
  const { slug } = await params;
  const module = await readModule(slug);
  if (module === null) notFound();

  const language = await readerLanguage();
  const words = siteWordsFor(language);
  const isMember = await currentMember() !== null;
  return (
    <>
      <h1>{module.title}</h1>
      {module.description !== null && <p className="quiet">{module.description}</p>}
      {!isMember && <SignIn language={language} hint={words.signInFirst} />}
      {isMember && (
        <>
          {await isOpen(slug)
            ? <Content module={module} language={language} />
            : <p className="quiet">{words.gate}</p>}
          <ModuleActions module={module} language={language} />
          <RefreshOnChange module={module} />
        </>
      )}
    </>
  );
}
