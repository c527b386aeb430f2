import assert from "node:assert/strict";
import { type Choice, contentInWords, paymentInWords, termsInWords } from "./price_dialog.ts";
import { en } from "./words/en.ts";
import { fr } from "./words/fr.ts";

const DAY = { title: "StableDiffusion", access_duration: "1 day" };
const FOR_EVER = { title: "StableDiffusion", access_duration: null };
const WHISPER = { title: "Whisper", access_duration: null };

function choice(known: Partial<Choice>): Choice {
  return {
    price: "price_1",
    amount: 900,
    currency: "eur",
    interval: null,
    interval_count: 1,
    trial_days: null,
    modules: [],
    ...known,
  };
}

Deno.test("a price shows what it costs and what it opens, in English and in French", () => {
  for (
    const [known, english, french] of [
      [
        { modules: [DAY] },
        "€9.00: StableDiffusion for 1 day",
        "9,00 €: StableDiffusion pendant 1 jour",
      ],
      [
        { modules: [FOR_EVER] },
        "€9.00: StableDiffusion (no end date)",
        "9,00 €: StableDiffusion (sans limite de durée)",
      ],
      [
        { interval: "month", modules: [FOR_EVER, WHISPER] },
        "€9.00 per month: StableDiffusion and Whisper",
        "9,00 € par mois: StableDiffusion et Whisper",
      ],
      [
        { interval: "month", interval_count: 3, modules: [WHISPER] },
        "€9.00 every 3 months: Whisper",
        "9,00 € tous les 3 mois: Whisper",
      ],
      [
        { interval: "week", interval_count: 2, modules: [WHISPER] },
        "€9.00 every 2 weeks: Whisper",
        "9,00 € toutes les 2 semaines: Whisper",
      ],
      [
        { amount: null, interval: "month", modules: [WHISPER] },
        "Usage-based per month: Whisper",
        "À l’usage par mois: Whisper",
      ],
    ] as const
  ) {
    const choices = choice({ ...known, modules: [...known.modules] });
    const texts = (words: typeof en) =>
      `${paymentInWords(choices, words)}: ${contentInWords(choices, words)}`.replace(/\s/g, " ");
    assert.deepEqual([texts(en), texts(fr)], [english, french]);
  }
});

Deno.test("a trial comes before the first payment", () => {
  const trial = choice({ interval: "month", trial_days: 14 });
  const texts = [en, fr].map((words) => termsInWords(trial, words).replace(/\s/g, " "));
  assert.deepEqual(texts, [
    "Free for 14 days, then €9.00 per month",
    "Gratuit pendant 14 jours, puis 9,00 € par mois",
  ]);
});
