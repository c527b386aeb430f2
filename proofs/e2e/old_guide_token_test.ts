/** The exact token call of an older site's guide, and modules that verify tokens as before. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { examineProject, findingsOf } from "../../cli/doctor/doctor.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import { askToken, issuerOf, verifyToken } from "./module_tokens.ts";
import { environmentOf, newMember, openModules, openStage } from "./stage.ts";

const SHARED = "Zk2v9sQ1xLw7Rt4yBn8mHc3dJf6gPa5e";

const log: string[] = [];
const env = { MODULE_TOKEN_LEGACY_SECRET: SHARED };
const { stack, sql, ada, bob, moduleId } = await openStage({ env, log: (line) => log.push(line) });

/** The call of the guide. */
const GUIDE = `{
    "moduleId": "1",
    "userId": "test-user-id",
    "paymentId": "test-payment",
    "accessLevel": "premium",
    "expirationHours": 72,
    "maxUsage": 100
  }`;

async function order(
  over: Record<string, unknown> = {},
  headers: Record<string, string> = { apikey: stack.secretKey },
) {
  const body = Object.keys(over).length === 0
    ? GUIDE
    : JSON.stringify({ ...JSON.parse(GUIDE), ...over });
  const response = await fetch(issuerOf(stack), { method: "POST", headers, body });
  return { status: response.status, ...await response.json() };
}

async function tokensFor(payment: string): Promise<number> {
  const [row] = await sql`
    select count(*)::int as number from public.access_tokens where payment_id = ${payment}`;
  return row?.number;
}

/** A row as it came from an old database, where a user's id was any text. */
async function oldRow(owner: string, user: string | null): Promise<void> {
  await sql`
    insert into public.access_tokens (created_by, user_ref, module_id)
    select ${user}, ${owner}, id from public.modules where slug = 'llama'`;
}

/** The check of an old module's server: HMAC and time, without our code. Null: refused. */
function oldModule(token: string): Record<string, unknown> | null {
  const [header = "", payload = "", mac = ""] = token.split(".");
  const expected = createHmac("sha256", SHARED).update(`${header}.${payload}`).digest("base64url");
  const read = (part: string) => JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  if (read(header).alg !== "HS256" || mac !== expected) return null;
  const claims = read(payload);
  return claims.exp * 1_000 > Date.now() ? claims : null;
}

async function switchTo(alg: "HS256" | null): Promise<void> {
  const metadata = alg === null ? "{}" : `{"token_alg": "${alg}"}`;
  await sql`update public.modules set metadata = ${metadata}::text::jsonb where id = ${moduleId}`;
}

Deno.test("without a key the guide's call is refused, and the answer names the header", async () => {
  for (
    const headers of [{}, { apikey: stack.publishableKey }, { apikey: "sb_secret_of_another" }]
  ) {
    const { status, code, detail } = await order({}, headers);
    assert.deepEqual([status, code], [401, "secret_key_needed"]);
    assert.match(detail, /secret key: send it in the header apikey/);
  }
  assert.equal(await tokensFor("test-payment"), 0);
});

Deno.test("a user without an old row is refused, with what to send instead", async () => {
  const { status, code, reason, detail } = await order();
  assert.deepEqual([status, code, reason], [404, "no_such_user", "no_such_user"]);
  assert.match(detail, /send the user's uuid .* or their address/);
  assert.equal(await tokensFor("test-payment"), 0);
});

Deno.test("the guide's exact body gives its user the module, once for each payment", async () => {
  assert.equal(moduleId, "1");
  await oldRow("test-user-id", ada.id);
  const first = await order();
  assert.equal(first.status, 200, JSON.stringify(first));
  assert.deepEqual([first.success, first.moduleId, first.userId], [true, "1", "test-user-id"]);
  assert.deepEqual([first.paymentId, first.accessLevel, first.maxUsage], [
    "test-payment",
    "premium",
    100,
  ]);
  const hours = (Date.parse(first.expiresAt) - Date.now()) / 3_600_000;
  assert(hours > 71.9 && hours <= 72, `${hours} h`);
  assert.equal(first.jwtToken, first.token);

  const checked = await verifyToken(stack, first.token, { module: "stable-diffusion" });
  assert.deepEqual([checked.active, checked.user_id, checked.uses_left], [true, ada.id, 100]);
  assert((await openModules(ada)).includes("stable-diffusion"));

  const again = await order();
  assert.equal(again.tokenId, first.tokenId);
  assert.equal((await order({ userId: ada.id, moduleId: 1 })).tokenId, first.tokenId);
  assert.equal(await tokensFor("test-payment"), 1);
});

Deno.test("an order for an address waits until its owner has verified the address", async () => {
  await sql`update sesame.settings set verified_email_claims = true`;
  const email = "Clea@Example.com";
  const waiting = await order({ userId: email, paymentId: "order-clea" });
  assert.deepEqual([waiting.status, waiting.success, waiting.waits], [202, true, true]);
  assert.deepEqual([waiting.token, waiting.jwtToken], [null, null]);

  const clea = await newMember(stack, email.toLowerCase());
  assert.deepEqual(await openModules(clea), ["stable-diffusion"]);
  const given = await order({ userId: email, paymentId: "order-clea" });
  assert.deepEqual([given.status, given.tokenId], [200, waiting.tokenId]);
  const { user_id } = await verifyToken(stack, given.token, { module: "stable-diffusion" });
  assert.equal(user_id, clea.id);
  assert.equal(await tokensFor("order-clea"), 1);
});

Deno.test("address of another member: the caller does not get the token", async () => {
  const { tokenId } = await order({ userId: "bob@example.com", paymentId: "order-bob" });
  const { userId } = (await sql`
    select created_by as "userId" from public.access_tokens where id = ${tokenId}`)[0]!;
  assert.equal(userId, bob.id);
  const refused = await order({ userId: "bob@example.com", paymentId: "order-x" }, ada.headers);
  assert.equal(`${refused.status} ${refused.code}`, "401 secret_key_needed");
  assert.equal(await tokensFor("order-x"), 0);
});

Deno.test("twenty calls at once for one payment make one token", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => order({ userId: "dora@example.com", paymentId: "order-20" })),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
  assert.equal(new Set(answers.map(({ tokenId }) => tokenId)).size, 1);
  assert.equal(await tokensFor("order-20"), 1);
});

Deno.test("a body without a user or a module is refused by field, and writes nothing", async () => {
  const [rows] = await sql`select count(*)::int as number from public.access_tokens`;
  const attacks: [Record<string, unknown>, string][] = [
    [{ moduleId: "1e0" }, "404 no_such_module"],
    [{ moduleId: " 1" }, "404 no_such_module"],
    [{ moduleId: "１" }, "404 no_such_module"],
    [{ moduleId: "__proto__" }, "404 no_such_module"],
    [{ moduleId: 1e15 }, "404 no_such_module"],
    [{ userId: "tést-user-id" }, "404 no_such_user"],
    [{ userId: "test-user-id\u200b" }, "404 no_such_user"],
    [{ userId: "constructor" }, "404 no_such_user"],
    [{ userId: "' or true --" }, "404 no_such_user"],
    [{ userId: "\ud800" }, "400 invalid_request"],
    [{ userId: "x".repeat(321) }, "400 invalid_request"],
    [{ expirationHours: 1e308 }, "400 invalid_request"],
    [{ expirationHours: 8_761 }, "400 invalid_request"],
    [{ maxUsage: 2 ** 31 }, "400 invalid_request"],
    [{ maxUsage: "100" }, "400 invalid_request"],
  ];
  for (const [over, refusal] of attacks) {
    const { status, code } = await order({ paymentId: "order-attack", ...over });
    assert.equal(`${status} ${code}`, refusal, JSON.stringify(over));
  }
  const [after] = await sql`select count(*)::int as number from public.access_tokens`;
  assert.deepEqual(after, rows);
});

Deno.test("an old module's server accepts HS256 while its switch is on, and verify never does", async () => {
  assert.equal(oldModule((await order()).token), null);
  await switchTo("HS256");
  const ordered = await order();
  const asked = await (await askToken(stack, ada, "stable-diffusion")).json();
  for (const { token } of [ordered, asked]) {
    const claims = oldModule(token);
    assert.deepEqual([claims?.userId, claims?.moduleId, claims?.accessLevel], [
      ada.id,
      "1",
      "premium",
    ]);
    assert.equal(claims?.tokenId, ordered.tokenId);
    assert.deepEqual(await verifyToken(stack, token, { consume: true }), {
      active: false,
      reason: "bad_signature",
    });
  }
  const jwks = await (await fetch(`${issuerOf(stack)}/jwks`)).text();
  for (const part of [SHARED, btoa(SHARED).replaceAll("=", ""), "HS256", '"oct"']) {
    assert(!jwks.includes(part), part);
  }
});

Deno.test("the doctor counts the modules that still get HS256, until they are switched over", async () => {
  const environment = environmentOf(stack);
  const project = { ...await openProject((name) => environment[name]), patience: 0 };
  const legacy = async () =>
    findingsOf(await examineProject(project))
      .filter(({ code }) => code === "legacy_tokens_issued").map(({ about }) => about);
  assert.deepEqual(await legacy(), ["stable-diffusion: 2 HS256 tokens in 30 days"]);
  await switchTo(null);
  assert.deepEqual(await legacy(), []);
  assert.equal(oldModule((await order()).token), null);
});

Deno.test("a missing or short secret stops the modules that need it, and no other", async () => {
  await switchTo("HS256");
  for (const secret of ["", "secret"]) {
    env.MODULE_TOKEN_LEGACY_SECRET = secret;
    await stack.functions?.reload();
    const { status, code, detail } = await order();
    assert.deepEqual([status, code], [500, "legacy_secret_unfit"]);
    assert.match(detail, /Set MODULE_TOKEN_LEGACY_SECRET/);
    assert.equal((await order({ moduleId: "llama" })).status, 200);
  }
});

Deno.test("the log contains no secret, user or token", () => {
  const text = log.join("\n");
  assert.match(text, /"outcome":"waits"/);
  assert.match(text, /"code":"legacy_secret_missing"/);
  for (
    const inner of [SHARED, "test-user-id", "lea@", "test-payment", "order-clea", ada.id, "eyJ"]
  ) {
    assert(!text.includes(inner), inner);
  }
});
