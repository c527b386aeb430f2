"use client";

import { type ComponentPropsWithoutRef, createElement, type ReactNode, useState } from "react";
import type { BuyCode, CommonCode, Problem, Purchase } from "../core/index.ts";
import { useSesame } from "./provider.ts";

type ButtonProps = Omit<ComponentPropsWithoutRef<"button">, "onClick" | "type">;

export type BuyButtonProps = ButtonProps & Purchase & {
  /** Why nothing is bought, for example `choose_price` with its prices. */
  onProblem: (problem: Problem<BuyCode> | Problem<CommonCode>) => void;
  /** Where to go; default: the browser goes there. */
  onAddress?: (url: string) => void;
};

/** A button without style that buys. It returns to this page unless `returnUrl` names another. */
export function BuyButton(
  {
    module,
    price,
    returnUrl,
    promotionCode,
    quantity,
    locale,
    onProblem,
    onAddress = goTo,
    ...button
  }: BuyButtonProps,
): ReactNode {
  const sesame = useSesame();
  const [isBusy, setBusy] = useState(false);

  async function buy(): Promise<void> {
    if (isBusy) return; // the second click of a double click
    setBusy(true);
    const terms = { returnUrl: returnUrl ?? thisPage(), promotionCode, quantity, locale };
    const purchase = { module, price, ...terms } as Purchase;
    const { data, error } = await sesame.buy(purchase);
    setBusy(false);
    if (error === null) onAddress(data.url);
    else onProblem(error);
  }
  return createElement("button", {
    ...button,
    type: "button",
    "aria-busy": isBusy,
    onClick: () => void buy(),
  });
}

function goTo(url: string): void {
  location.assign(url);
}

/** Without the part after `#`, which Stripe would not find its place in. */
function thisPage(): string {
  const [page = ""] = location.href.split("#");
  return page;
}
