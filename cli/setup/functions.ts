/** The functions that a deployment would overwrite, and their owner. */

import { slugsWith } from "../project/vendored.ts";
import type { SupabaseProject } from "./supabase_project.ts";

/** The type of every problem document of ours begins like this, and each of our functions contains it. */
const OURS = "urn:sesame:problem:";

export interface DeployedFunctions {
  /** All that are to be deployed. */
  wanted: string[];
  /** Those of them that are there. */
  ours: string[];
  /** The project's own, under names that ours need. */
  foreign: string[];
}

/** `url` is where the project answers, and `prefix` what the names of our functions begin with there. */
export async function findFunctions(
  url: string,
  project: SupabaseProject,
  prefix: string,
): Promise<DeployedFunctions> {
  const wanted = await slugsWith(prefix);
  const there = (await project.functions()).filter((name) => wanted.includes(name));
  const isOurs = await Promise.all(there.map(async (name) => {
    const source = await project.source(name);
    return source?.includes(OURS) ?? await answersAsOurs(`${url}/functions/v1/${name}`);
  }));
  return {
    wanted,
    ours: there.filter((_, index) => isOurs[index]),
    foreign: there.filter((_, index) => !isOurs[index]),
  };
}

/** Requests a path that no function of ours has. GET, since the function may belong to the project. */
async function answersAsOurs(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/sesame-setup`, {
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    });
    const { type } = await response.json();
    return typeof type === "string" && type.startsWith(OURS);
  } catch {
    return false; // unreachable, or not JSON
  }
}
