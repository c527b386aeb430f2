import { wordsFor } from "@pages/encours/words/words.ts";
import { BackFromStripe } from "@/components/back_from_stripe.tsx";
import { MyModules } from "@/components/my_modules.tsx";
import { SignIn } from "@/components/sign_in.tsx";
import { currentMember } from "@/lib/member.ts";
import { readerLanguage } from "@/lib/reader_language.ts";

/** The member's modules. Stripe sends buyers back to this page. */
export default async function Encours() {
  const language = await readerLanguage();
  const words = wordsFor(language);
  return (
    <>
      <h1>{words.title}</h1>
      {await currentMember() === null ? <SignIn language={language} hint={words.signedOut} /> : (
        <>
          <BackFromStripe language={language} />
          <MyModules language={language} />
        </>
      )}
    </>
  );
}
