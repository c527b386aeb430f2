/** A shop in React, for the tests in Chromium. */

import { createClient } from "@supabase/supabase-js";
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";
import { createSesame, type MyModule } from "../core/index.ts";
import { BuyButton, Gate, SesameProvider, useModules } from "./index.ts";

interface Site {
  config: { apiUrl: string; publishableKey: string; schema: string };
  supabase: ReturnType<typeof createClient>;
  document: { body: unknown };
}

const site = globalThis as unknown as Site;
const { apiUrl, publishableKey, schema } = site.config;
const supabase = site.supabase = createClient(apiUrl, publishableKey);
const sesame = createSesame(supabase, { schema });

/** "-": not known. */
function listOf(modules: MyModule[] | null): string {
  return modules === null ? "-" : modules.map(({ slug }) => slug).join() || "none";
}

function Shop() {
  const [problem, setProblem] = useState("");
  const { modules, problem: lost } = useModules();
  const onProblem = ({ code }: { code: string }) => setProblem(code);
  return [
    createElement("p", { key: 1, id: "modules" }, listOf(modules)),
    createElement("p", { key: 2, id: "lost" }, lost?.code ?? "-"),
    createElement("p", { key: 3, id: "problem" }, problem),
    createElement(
      "div",
      { key: 4, id: "gate" },
      createElement(Gate, {
        module: "stable-diffusion",
        loading: "loading",
        fallback: createElement(
          BuyButton,
          { id: "buy", price: "price_stable_diffusion", onProblem },
          "Buy",
        ),
      }, "open"),
    ),
    createElement(
      BuyButton,
      { key: 5, id: "choose", module: "whisper", onProblem },
      "Buy Whisper",
    ),
  ];
}

createRoot(site.document.body).render(
  createElement(SesameProvider, { sesame }, createElement(Shop)),
);
