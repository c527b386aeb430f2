"use client";
/** Gives a tree of components one client of Sesame, and the modules of the signed-in member. */

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useState,
} from "react";
import type { CommonCode, MyModule, MyModules, Problem, Sesame } from "../core/index.ts";

/** What is known of the member's modules at this moment. */
export interface ModulesNow {
  /** Null: not known yet, or there is no member. After a lost connection, what was known before. */
  modules: MyModule[] | null;
  /** Why they could not be read; null: they could. */
  problem: Problem<CommonCode> | null;
}

const NOT_KNOWN: ModulesNow = { modules: null, problem: null };

interface Provided extends ModulesNow {
  sesame: Sesame;
}

const Context = createContext<Provided | null>(null);

export interface SesameProviderProps {
  /** Create it once, outside of the components. */
  sesame: Sesame;
  children?: ReactNode;
}

/** Put it around every component that uses Sesame. It reads the modules in the browser, never on a server. */
export function SesameProvider({ sesame, children }: SesameProviderProps): ReactNode {
  const [now, setNow] = useState(NOT_KNOWN);
  useEffect(() => {
    setNow(NOT_KNOWN);
    return sesame.onChange((answer) => setNow((former) => afterReading(former, answer)));
  }, [sesame]);
  return createElement(Context.Provider, { value: { sesame, ...now } }, children);
}

function afterReading({ modules }: ModulesNow, { data, error }: MyModules): ModulesNow {
  if (error === null) return { modules: data, problem: null };
  // A lost connection closes nothing. The rows of a user who has left must go.
  return { modules: error.code === "not_signed_in" ? null : modules, problem: error };
}

/** Everything of the nearest `SesameProvider`. */
function useProvided(): Provided {
  const provided = useContext(Context);
  if (provided === null) throw new Error("There is no <SesameProvider> around this component.");
  return provided;
}

/** The client of the nearest `SesameProvider`. */
export function useSesame(): Sesame {
  return useProvided().sesame;
}

/** The member's modules, kept up to date. */
export function useModules(): ModulesNow {
  const { modules, problem } = useProvided();
  return { modules, problem };
}

/** One module of the member. */
export interface ModuleNow {
  /** Null: not known yet. */
  isOpen: boolean | null;
  /** Null: the member never had it, or it is not known. */
  module: MyModule | null;
  problem: Problem<CommonCode> | null;
}

/** Whether a module, by its slug, is open to the member now. */
export function useModule(slug: string): ModuleNow {
  const { modules, problem } = useModules();
  const module = modules?.find((one) => one.slug === slug) ?? null;
  const isKnown = modules !== null || problem !== null;
  return { isOpen: isKnown ? module?.status === "active" : null, module, problem };
}
