/** A confirmed address proves something only if Auth asks for confirmation: doctor and setup with both kinds of Auth. */

import assert from "node:assert/strict";
import { addressClaims } from "../../cli/doctor/address_claims.ts";
import { check as addresses } from "../../cli/doctor/checks/addresses.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import { addressesStep } from "../../cli/setup/addresses.ts";
import { accessOf } from "./database_view.ts";
import { payAsGuest } from "./guest_purchase.ts";
import { environmentOf, newMember, openStage } from "./stage.ts";

const stage = await openStage();
const { stack, schema, sql } = stage;

/** A proxy of the stack with an Auth that verifies addresses. `settings` is Auth's answer. */
function inFront(settings: Response | (() => Response)) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/auth/v1/settings") {
        return typeof settings === "function" ? settings() : settings;
      }
      const { method, headers } = request;
      const body = method === "GET" ? null : await request.text();
      return await fetch(`${stack.apiUrl}${pathname}${search}`, { method, headers, body });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const ASKS = () => Response.json({ mailer_autoconfirm: false, external: { email: true } });

function projectAt(url: string) {
  const environment: Record<string, string> = { ...environmentOf(stack), SUPABASE_URL: url };
  return openProject((name) => environment[name]);
}

async function findingsAt(url: string): Promise<string[]> {
  return (await addresses.look(await projectAt(url))).map(({ code }) => code);
}

async function setUpAt(url: string): Promise<string> {
  const said: string[] = [];
  const claims = addressClaims({ url, key: stack.secretKey, schema });
  const { says, act } = await addressesStep(claims, (line) => void said.push(line));
  await act?.();
  return [says, ...said].join("\n");
}

async function isOn(): Promise<boolean> {
  const [settings] = await sql`select verified_email_claims as is_on from sesame.settings`;
  return settings?.is_on;
}

Deno.test("when Auth verifies no addresses, a stranger with a guest's address gets nothing", async () => {
  await payAsGuest(stage, "rich@example.com");
  const stranger = await newMember(stack, "rich@example.com");
  assert.deepEqual(await accessOf(sql, stranger.id), []);
  assert.match(await setUpAt(stack.apiUrl), /stays off, Auth confirms addresses without asking/);
  assert.equal(await isOn(), false);
  assert.deepEqual(await findingsAt(stack.apiUrl), []);
});

Deno.test("when Auth verifies, the doctor says that guests wait, and unverified accounts stop setup", async () => {
  await using front = inFront(ASKS);
  assert.deepEqual(await findingsAt(front.url), ["address_claims_off"]);
  assert.match(await setUpAt(front.url), /stays off, as \d+ account\(s\) were confirmed at once/);
  assert.equal(await isOn(), false);
});

Deno.test("when every account is verified, setup switches the claims on once, with a record", async () => {
  await using front = inFront(ASKS);
  await sql`update auth.users set email_confirmed_at = created_at + interval '1 minute' where email <> 'rich@example.com'`;
  await sql`delete from auth.users where email = 'rich@example.com'`;
  const buyer = await newMember(stack);
  const [user] = await sql`
    update auth.users set email_confirmed_at = created_at + interval '1 minute' where id = ${buyer.id}
    returning email`;
  await payAsGuest(stage, user?.email);
  assert.match(await setUpAt(front.url), /verified_email_claims is on/);
  assert.deepEqual(await accessOf(sql, buyer.id), ["stable-diffusion open purchase"]);
  assert.match(await setUpAt(front.url), /it is on/);
  const changes = await sql`select actor, became from sesame.settings_changes order by id`;
  assert.deepEqual([...changes], [{ actor: "setup", became: "true" }]);
  assert.deepEqual(await findingsAt(front.url), []);
});

Deno.test("when Auth stops verifying later, the doctor reports an error and can switch the claims off", async () => {
  const project = await projectAt(stack.apiUrl);
  const findings = await addresses.look(project);
  assert.deepEqual(findings.map(({ code }) => code), ["addresses_unproven"]);
  assert.notEqual(findings[0]?.plan, undefined);
  await addresses.fix?.(project, findings);
  assert.equal(await isOn(), false);
  assert.deepEqual(await findingsAt(stack.apiUrl), []);
});

Deno.test("claims that were switched off stay off when setup runs again", async () => {
  await using front = inFront(ASKS);
  assert.match(await setUpAt(front.url), /stays off, as an operator decided/);
  assert.equal(await isOn(), false);
});

for (
  const [what, answer] of [
    ["an error", () => new Response("{}", { status: 500 })],
    ["no JSON", () => new Response("<html>")],
    ["no word of it", () => Response.json({ external: {} })],
    ["a word of another kind", () => Response.json({ mailer_autoconfirm: "false" })],
  ] as const
) {
  Deno.test(`an Auth that answers ${what} counts as one that does not verify`, async () => {
    await using front = inFront(answer);
    assert.match(await setUpAt(front.url), /stays off, Auth's settings could not be read/);
    await sql`update sesame.settings set verified_email_claims = true`;
    await assert.rejects(findingsAt(front.url), /Auth does not say/);
    await sql`update sesame.settings set verified_email_claims = false`;
  });
}

Deno.test("a schema that is not exposed yet is named, with where to expose it", async () => {
  const claims = addressClaims({ url: stack.apiUrl, key: stack.secretKey, schema: "sesame" });
  await assert.rejects(
    claims.state(),
    /^UserError: The Data API does not serve schema sesame yet\./,
  );
});
