"use client";

import { type Choice, contentInWords, paymentInWords } from "@pages/encours/price_dialog.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import { useEffect, useRef } from "react";

interface Props {
  title: string;
  choices: Choice[];
  language: string;
  choose(price: string): void;
}

/** The prices of a module that has several. It takes the focus, because the pressed button is gone. */
export function Prices({ title, choices, language, choose }: Props) {
  const words = wordsFor(language);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section aria-labelledby="prices-title">
      <h2 id="prices-title" ref={heading} tabIndex={-1}>{words.choose(title)}</h2>
      <div className="choices">
        {choices.map((choice) => (
          <button
            key={choice.price}
            type="button"
            onClick={() => choose(choice.price)}
          >
            {paymentInWords(choice, words)}
            <span className="quiet">{contentInWords(choice, words)}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
