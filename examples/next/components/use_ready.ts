"use client";

import { useEffect, useState } from "react";

/** False until the page's script has taken over: a button that is pressed before would do nothing. */
export function useReady(): boolean {
  const [isReady, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  return isReady;
}
