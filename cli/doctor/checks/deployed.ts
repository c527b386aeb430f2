import type { Code } from "../../../diagnosis/codes.ts";
import { discoverFunctions } from "../../../local/functions.ts";
import { functionUrl } from "../../project/function_url.ts";
import type { Check, Finding } from "../check.ts";
import type { Project } from "../project.ts";

const FUNCTIONS = new URL("../../../supabase/functions/", import.meta.url);

export const check: Check = {
  title: "every function is deployed, starts, and accepts its callers",
  codes: ["function_missing", "jwt_required", "function_not_starting"],
  needs: [],
  isOfThisVersion: true,
  async look(project) {
    const names = await discoverFunctions(FUNCTIONS);
    const found = await Promise.all(names.map((name) => findingOf(name, project)));
    return found.filter((finding) => finding !== null);
  },
};

async function findingOf(name: string, project: Project): Promise<Finding | null> {
  // Our own refusals are problem documents. Any other refusal comes from in front of the function.
  const response = await fetch(functionUrl(project, name), { method: "PATCH", redirect: "manual" });
  const slug = `${project.functionsPrefix ?? ""}${name}`;
  const type = response.headers.get("content-type") ?? "";
  await response.body?.cancel();
  return type.startsWith("application/problem+json")
    ? null
    : { code: codeOf(response.status), about: slug, known: [{ function: slug }] };
}

function codeOf(status: number): Code {
  if (status === 404) return "function_missing";
  return status === 401 ? "jwt_required" : "function_not_starting";
}
