import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { UserError } from "../../local/terminal.ts";
import { cutOurs, isWhole } from "./config_block.ts";
import { addToConfig } from "./testing.ts";

/** What the Data API exposes once the schema is added, by what the file has before. */
const CONFIGS: Record<string, [text: string, exposed: string[]]> = {
  "no table": ['project_id = "x"\n', ["public", "graphql_public", "ours"]],
  "a table without schemas": ["[api] # mine\r\nenabled=true\r\n", [
    "public",
    "graphql_public",
    "ours",
  ]],
  "an array": ['[api]\nschemas = ["public", "shop" ] # x\n', ["public", "shop", "ours"]],
  "an empty array": ["[api]\nschemas = []\n", ["ours"]],
  "an array of lines with remarks": [
    '[api]\nschemas = [\n  "public", # "not this"\n  \'shop\',\n]\n[x]\ny = ["public"]\n',
    ["public", "shop", "ours"],
  ],
  "an inline table": ['api = { schemas = ["public"] }\n', ["public", "ours"]],
  "the same text elsewhere": [
    '[api]\nschemas = ["a"]\nextra_search_path = ["a", "ours"]\n',
    ["a", "ours"],
  ],
  "the schema already": ['[api]\nschemas = ["ours"]\n', ["ours"]],
};

for (const [kind, [text, exposed]] of Object.entries(CONFIGS)) {
  Deno.test(`a configuration with ${kind} gets the schema, and loses it again without a trace`, () => {
    const added = addToConfig(text, "ours");
    assert.deepEqual(Object(parse(added.text).api).schemas, exposed);
    assert.ok(isWhole(added.text, added));
    assert.equal(cutOurs(added.text, added), text);
  });
}

Deno.test("an entry that the user took out is no longer looked for", () => {
  const added = addToConfig('[api]\nschemas = ["public"]\n', "ours");
  const edited = added.text.replace(', "ours"', "");
  assert.equal(isWhole(edited, added), false);
  assert.equal(cutOurs(edited, added), '[api]\nschemas = ["public"]\n');
});

Deno.test("a table that takes no array gets one line that says what to write", () => {
  assert.throws(
    () => addToConfig("api.enabled = true\n", "ours"),
    new UserError('supabase/config.toml: add "ours" to schemas of [api] there, and run it again.'),
  );
});
