"use client";

import type { ReactNode } from "react";
import { useModule } from "./provider.ts";

export interface GateProps {
  /** A slug. */
  module: string;
  /** Shown while the module is open. */
  children?: ReactNode;
  /** Shown while it is closed; default nothing. */
  fallback?: ReactNode;
  /** Shown until it is known; default nothing. */
  loading?: ReactNode;
}

/** Shows its children to members who have the module. It hides, it does not protect: a policy does that. */
export function Gate({ module, children, fallback = null, loading = null }: GateProps): ReactNode {
  const { isOpen } = useModule(module);
  if (isOpen === null) return loading;
  return isOpen ? children : fallback;
}
