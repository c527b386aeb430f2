import assert from "node:assert/strict";
import { actionsFor, stateInWords } from "./module_in_words.ts";
import type { Holding, Module } from "./modules.ts";
import { en } from "./words/en.ts";
import { fr } from "./words/fr.ts";

const now = Date.parse("2026-11-25T12:00:00Z");
const LATER = "2027-03-12T12:00:00Z";

function moduleWith(holding: Partial<Holding> | null, over: Partial<Module> = {}): Module {
  return {
    slug: "whisper",
    title: "Whisper",
    description: null,
    is_free: false,
    is_active: true,
    prices: [],
    holding: holding &&
      { slug: "whisper", status: "active", expires_at: null, reason: "purchase", ...holding },
    ...over,
  };
}

Deno.test("each state has its text in English and in French", () => {
  for (
    const [holding, english, french] of [
      [null, "", ""],
      [{}, "Yours forever.", "Accès sans limite de durée."],
      [{ expires_at: LATER }, "Open until March 12, 2027.", "Accès jusqu’au 12 mars 2027."],
      [
        { expires_at: LATER, reason: "subscription" },
        "Open with your subscription, at least until March 12, 2027.",
        "Inclus dans votre abonnement, au moins jusqu’au 12 mars 2027.",
      ],
      [
        { status: "expired", expires_at: "2026-01-02T12:00:00Z", reason: "expired" },
        "Ended on January 2, 2026.",
        "Accès terminé le 2 janvier 2026.",
      ],
      [
        { status: "closed", reason: "refunded" },
        "Closed: your payment was refunded.",
        "Accès fermé : votre paiement a été remboursé.",
      ],
      [
        { status: "closed", reason: "a reason of the future" },
        "Not available at the moment.",
        "Indisponible pour le moment.",
      ],
    ] as const
  ) {
    assert.equal(stateInWords(moduleWith(holding), en, now), english);
    assert.equal(stateInWords(moduleWith(holding), fr, now), french);
  }
});

Deno.test("the actions follow from the state", () => {
  for (
    const [module, actions] of [
      [moduleWith(null), ["buy"]],
      [moduleWith(null, { is_free: true }), ["claim"]],
      [moduleWith({}), ["open"]],
      [moduleWith({ reason: "subscription", expires_at: LATER }), ["open", "manage"]],
      [moduleWith({ status: "pending", reason: "pending_payment" }), []],
      [moduleWith({ status: "expired", reason: "expired" }), ["buy"]],
      [moduleWith({ status: "closed", reason: "refunded" }), ["buy"]],
      [moduleWith({ status: "closed", reason: "unpaid" }), ["manage"]],
      [moduleWith({ status: "closed", reason: "denied" }), []],
      [moduleWith({ status: "closed", reason: "refunded" }, { is_active: false }), []],
      [moduleWith({}, { is_active: false }), ["open"]],
    ] as const
  ) {
    assert.deepEqual(actionsFor(module), actions, JSON.stringify(module));
  }
});
