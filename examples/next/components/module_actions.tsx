"use client";

import { type Action, actionsFor, stateInWords } from "@pages/encours/module_in_words.ts";
import type { Module } from "@pages/encours/modules.ts";
import type { Choice } from "@pages/encours/price_dialog.ts";
import { server } from "@pages/encours/server.ts";
import { wordsFor } from "@pages/encours/words/words.ts";
import { Problem } from "@pages/kit/problem.ts";
import { useEffect, useState } from "react";
import { browserClient } from "@/lib/browser_client.ts";
import { useLive } from "./live.tsx";
import { Prices } from "./prices.tsx";
import { useReady } from "./use_ready.ts";

/** The state of a module, and what the member can do: buy it, claim it, manage the subscription. */
export function ModuleActions({ module, language }: { module: Module; language: string }) {
  const words = wordsFor(language);
  const live = useLive();
  const isReady = useReady();
  const [state, setState] = useState("");
  const [choices, setChoices] = useState<Choice[]>([]);
  const [isBusy, setBusy] = useState(false);
  const actions = actionsFor(module).filter((action) => action !== "open");

  useEffect(() => {
    // In the browser, because dates depend on its time zone.
    setState(stateInWords(module, wordsFor(language), Date.now()));
  }, [module, language]);

  async function perform(action: Action, price?: string): Promise<void> {
    const ask = server(browserClient(), { returnUrl: `${location.origin}/encours` });
    if (action === "buy") {
      const { url } = await ask.buy(price === undefined ? { module: module.slug } : { price });
      location.assign(url);
    }
    if (action === "manage") location.assign((await ask.manage()).url);
    if (action === "claim") await ask.claim(module.slug);
  }

  async function press(action: Action, price?: string): Promise<void> {
    if (isBusy) return; // the second click of a double click
    setBusy(true);
    live.showError(null);
    try {
      await perform(action, price);
    } catch (error) {
      if (error instanceof Problem && error.code === "choose_price") {
        setChoices(error.more.prices as Choice[]);
      } else live.showError(error);
    }
    live.read(); // the action changed something, or the page was out of date
    setBusy(false);
  }

  if (choices.length > 0) {
    const choose = (price: string) => press("buy", price);
    return <Prices title={module.title} choices={choices} language={language} choose={choose} />;
  }
  return (
    <>
      {state !== "" && <p className="state">{state}</p>}
      <div className="actions">
        {actions.map((action) => (
          <button
            key={action}
            type="button"
            className={action === "manage" ? "link" : "primary"}
            data-action={action}
            disabled={!isReady}
            aria-busy={isBusy}
            onClick={() => press(action)}
          >
            {words[action]}
          </button>
        ))}
      </div>
    </>
  );
}
