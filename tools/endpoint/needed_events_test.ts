import assert from "node:assert/strict";
import { kindOf } from "../../supabase/functions/_shared/facts/kinds.ts";
import { API_VERSION } from "./api_version.ts";
import { NEEDED_EVENTS } from "./needed_events.ts";

const OPERATIONS = new URL("../../docs/operations.md", import.meta.url);

Deno.test("every event that is asked for says something here", () => {
  assert.deepEqual(NEEDED_EVENTS.filter((type) => kindOf(type) === null), []);
});

Deno.test("docs/operations.md asks Stripe for the same version of them", async () => {
  const text = await Deno.readTextFile(OPERATIONS);
  assert.ok(text.includes(`-d "api_version=${API_VERSION}"`), API_VERSION);
});

Deno.test("docs/operations.md asks Stripe for the same events", async () => {
  const [, written = ""] =
    /enabled_events\[\]="(\{.+\})$/m.exec(await Deno.readTextFile(OPERATIONS)) ??
      [];
  assert.deepEqual(await expanded(written), [...NEEDED_EVENTS]);
});

/** As bash does it, since that is who is to read the line. */
async function expanded(braces: string): Promise<string[]> {
  const bash = new Deno.Command("bash", { args: ["-c", `printf '%s\\n' ${braces}`] });
  return new TextDecoder().decode((await bash.output()).stdout).trim().split("\n");
}
