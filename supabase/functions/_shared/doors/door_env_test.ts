import assert from "node:assert/strict";
import { type DoorAddress, postgresDoor } from "./door_env.ts";
import { Misconfigured } from "../env.ts";

const url = "https://ref.supabase.co";

function doorOf(variables: Record<string, string>): DoorAddress {
  return postgresDoor((name) => variables[name]);
}

function problemsWith(variables: Record<string, string>): string {
  try {
    doorOf(variables);
  } catch (error) {
    if (error instanceof Misconfigured) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

Deno.test("the Data API opens with the platform's default secret key", () => {
  const variables = {
    SUPABASE_URL: `${url}/`,
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1"}',
    SUPABASE_SERVICE_ROLE_KEY: "eyJ",
  };
  assert.deepEqual(doorOf(variables), { kind: "api", url, key: "sb_secret_1" });
});

Deno.test("without a default secret key the legacy key is used", () => {
  for (const keys of ["", "{}", '{"other":"sb_secret_1"}', '{"default":" "}', "null"]) {
    const variables = {
      SUPABASE_URL: url,
      SUPABASE_SECRET_KEYS: keys,
      SUPABASE_SERVICE_ROLE_KEY: "eyJ",
    };
    assert.deepEqual(doorOf(variables), { kind: "api", url, key: "eyJ" }, keys);
  }
});

Deno.test("given SESAME_DB_URL, the direct door is used and no Data API is needed", () => {
  const direct = "postgresql://sesame:secret@localhost:54322/postgres";
  assert.deepEqual(doorOf({ SESAME_DB_URL: direct }), { kind: "direct", url: direct });
});

Deno.test("everything missing or ill-formed is named, and no value shown", () => {
  assert.match(problemsWith({}), /SUPABASE_URL[\s\S]*SUPABASE_SECRET_KEYS/);
  assert.match(problemsWith({ SUPABASE_SECRET_KEYS: "sb_secret_1" }), /SUPABASE_SECRET_KEYS/);
  assert.doesNotMatch(problemsWith({ SUPABASE_SECRET_KEYS: "sb_secret_1" }), /sb_secret_1/);
  assert.match(problemsWith({ SUPABASE_URL: "ref.supabase.co" }), /SUPABASE_URL is not a URL/);
  const message = problemsWith({ SESAME_DB_URL: "ada:hunter2@localhost" });
  assert.match(message, /SESAME_DB_URL/);
  assert.doesNotMatch(message, /hunter2/);
});
