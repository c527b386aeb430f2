"use client";

import type { Module } from "@pages/encours/modules.ts";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useLive } from "./live.tsx";

/** Lets the server render the page again once the module's status has changed. */
export function RefreshOnChange({ module }: { module: Module }) {
  const router = useRouter();
  const { modules } = useLive();
  const shown = module.holding?.status;
  const now = modules?.find(({ slug }) => slug === module.slug)?.holding?.status;
  const isChanged = modules !== null && now !== shown;
  useEffect(() => {
    if (isChanged) router.refresh();
  }, [isChanged, router]);
  return null;
}
