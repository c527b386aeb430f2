"use client";

import { useEffect, useState } from "react";

/** False until the page's script runs: a button pressed earlier would do nothing. */
export function useReady(): boolean {
  const [isReady, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  return isReady;
}
