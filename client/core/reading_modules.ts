import { asking } from "./answer.ts";
import { rows } from "./json.ts";
import type { MyModule } from "./modules.ts";
import type { Project } from "./project.ts";
import type { CallOptions, Result } from "./result.ts";

/** Reads the member's modules as they are now. */
export function readModules(
  project: Project,
  options: CallOptions = {},
): Promise<Result<MyModule[]>> {
  const columns = "module_id, slug, title, status, expires_at, reason";
  return asking(() => project.select("my_modules", columns, options), {
    read: (body) => rows<MyModule>(body, "slug"),
    problems: {},
  }, options);
}

/** Whether a module, by slug or id, is open to the member now. */
export function hasModule(
  project: Project,
  module: string | number,
  options: CallOptions = {},
): Promise<Result<boolean>> {
  const args = { module: String(module) };
  return asking(() => project.rpc("has_module_access", args, options), {
    read: (body) => typeof body === "boolean" ? body : null,
    problems: {},
  }, options);
}
