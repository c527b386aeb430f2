import assert from "node:assert/strict";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { sesameAnswering } from "../core/testing.ts";
import { BuyButton, Gate, SesameProvider } from "./index.ts";

Deno.test("on a server, a gate shows that nothing is known yet, and nothing is asked", () => {
  let requests = 0;
  const sesame = sesameAnswering(() => Response.json(requests++));
  const gate = createElement(
    Gate,
    { module: "whisper", fallback: "closed", loading: "loading" },
    "open",
  );
  const button = createElement(
    BuyButton,
    { module: "whisper", onProblem: () => {}, className: "buy" },
    "Buy",
  );
  assert.equal(
    renderToString(createElement(SesameProvider, { sesame }, gate, button)),
    'loading<button class="buy" type="button" aria-busy="false">Buy</button>',
  );
  assert.equal(requests, 0);
});

Deno.test("a component without a provider says what is missing", () => {
  assert.throws(
    () => renderToString(createElement(Gate, { module: "whisper" })),
    /There is no <SesameProvider>/,
  );
});
