/**
 * Makes a database of the local stack reachable at the addresses of a hosted project's database.
 *
 * `supabase … --remote=<ref>` has Supabase lend it a role, and connects with TLS to port 5432 of
 * `db.<ref>.<host>`, or of the pooler where that does not answer. Here that port is one of the loopback
 * network's, and the names are known to the CLI alone: nss_wrapper (Debian: libnss-wrapper) answers it in
 * the place of the machine's resolver. The server has a certificate of its own, and takes the lent role
 * only over TLS.
 *
 * @module
 */

import { join } from "node:path";
import postgres from "postgres";
import { POOLER, PROJECT_HOST, PROJECT_REF } from "./hosted_names.ts";

export interface HostedDatabase extends AsyncDisposable {
  /** The environment for the CLI. It uses the pooler only if there is no direct way. */
  reachedBy(way: "direct" | "pooler" | "nothing"): Promise<Record<string, string>>;
  /** Trusted, it makes the server's certificate right: a PGSSLROOTCERT. */
  certificate: string;
  /** A role of five minutes, as Supabase lends it. */
  lendRole(): Promise<{ role: string; password: string; ttl_seconds: number }>;
  /** As Supabase runs a query of its dashboard: as `postgres`; of several statements, the last rows. */
  query(text: string, readOnly: boolean): Promise<Record<string, unknown>[]>;
  /** Whether the server offers TLS. */
  offerTls(offers: boolean): Promise<void>;
}

/** Where every hosted database listens. */
const PORT = 5432;

const NSS_WRAPPER = "libnss_wrapper.so";

/** Lent for the direct way, and to the pooler, which knows projects by their reference. */
const ROLE = "cli_login_postgres";
const ROLES = [ROLE, `${ROLE}.${PROJECT_REF}`];

/** `dbUrl` is the database as its owner `postgres`, `adminUrl` as the superuser. */
export async function openHostedDatabase(
  dbUrl: string,
  adminUrl: string,
): Promise<HostedDatabase> {
  await requireNssWrapper();
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(
    await Deno.makeTempDir({ prefix: "sesame-hosted-database-" }),
    (folder) => Deno.remove(folder, { recursive: true }),
  );
  const admin = opened.adopt(open(adminUrl), end);
  const project = opened.adopt(open(dbUrl), end);
  const certificate = await makeCertificate(folder);
  await serveTls(admin, folder);
  for (const role of ROLES) {
    await admin.unsafe(`create role "${role}" noinherit login`);
    await admin.unsafe(`grant postgres to "${role}"`);
  }
  const { address } = opened.use(forward(Number(new URL(dbUrl).port)));
  const held = opened.move();
  return {
    certificate,
    async reachedBy(way) {
      const hosts = join(folder, `hosts-${way}`);
      const name =
        { direct: `db.${PROJECT_REF}.${PROJECT_HOST}`, pooler: POOLER, nothing: "" }[way];
      await Deno.writeTextFile(hosts, name === "" ? "" : `${address} ${name}\n`);
      return { LD_PRELOAD: NSS_WRAPPER, NSS_WRAPPER_HOSTS: hosts };
    },
    async lendRole() {
      const password = crypto.randomUUID();
      for (const role of ROLES) {
        await admin.unsafe(
          `alter role "${role}" password '${password}' valid until '${inMinutes(5)}'`,
        );
      }
      return { role: ROLE, password, ttl_seconds: 300 };
    },
    async query(text, readOnly) {
      const answers = readOnly
        ? await project.begin("read only", (transaction) => transaction.unsafe(text))
        : await project.unsafe(text);
      const isOne = !Array.isArray(answers[0]);
      return isOne ? [...answers] : [...answers.findLast((rows) => rows.length > 0) ?? []];
    },
    async offerTls(offers) {
      await admin.unsafe(`alter system set ssl = ${offers ? "on" : "off"}`);
      await admin`select pg_reload_conf()`;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function open(url: string): postgres.Sql {
  return postgres(url, { max: 1, onnotice: () => {} });
}

function end(sql: postgres.Sql): Promise<void> {
  return sql.end({ timeout: 1 });
}

/** Signed by itself, so that it is its own authority. */
async function makeCertificate(folder: string): Promise<string> {
  const names = [`db.${PROJECT_REF}.${PROJECT_HOST}`, POOLER].map((name) => `DNS:${name}`);
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=stand-in"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-addext", `subjectAltName=${names.join(",")}`],
      ...["-keyout", join(folder, "server.key"), "-out", join(folder, "server.crt")],
    ],
  }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
  return join(folder, "server.crt");
}

/** Into the server's own folder: a key that another user could read is refused. */
async function serveTls(admin: postgres.Sql, folder: string): Promise<void> {
  const [{ data_directory: data }] = await admin`show data_directory` as [Record<string, string>];
  const { uid, gid } = await Deno.stat(data!);
  for (const name of ["server.key", "server.crt"]) {
    const file = join(data!, name);
    await Deno.copyFile(join(folder, name), file);
    await Deno.chmod(file, 0o600);
    if (Deno.uid() === 0) await Deno.chown(file, uid, gid);
  }
  const rules = join(data!, "pg_hba.conf");
  const reject = ROLES.map((role) => `hostnossl all "${role}" all reject\n`).join("");
  await Deno.writeTextFile(rules, reject + await Deno.readTextFile(rules));
  await admin`alter system set ssl = on`;
  await admin`select pg_reload_conf()`;
}

/** Forwards the hosted port, at a loopback address where the port is free. */
function forward(port: number): AsyncDisposable & { address: string } {
  const { listener, address } = listen();
  const ending = (async () => {
    for await (const incoming of listener) {
      const outgoing = await Deno.connect({ hostname: "127.0.0.1", port });
      // Either side may end at any time.
      incoming.readable.pipeTo(outgoing.writable).catch(() => {});
      outgoing.readable.pipeTo(incoming.writable).catch(() => {});
    }
  })();
  return {
    address,
    async [Symbol.asyncDispose]() {
      listener.close();
      await ending;
    },
  };
}

/** Another run of the gates may have one of the addresses, and a Postgres of the machine's has 127.0.0.1. */
function listen(): { listener: Deno.Listener; address: string } {
  for (let last = 1;; last++) {
    const address = `127.0.77.${last}`;
    try {
      return { listener: Deno.listen({ hostname: address, port: PORT }), address };
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse && last < 20) continue;
      throw error;
    }
  }
}

async function requireNssWrapper(): Promise<void> {
  const { stderr } = await new Deno.Command("true", { env: { LD_PRELOAD: NSS_WRAPPER } }).output();
  if (stderr.length === 0) return;
  throw new Error(`${NSS_WRAPPER} is missing: apt-get install libnss-wrapper`);
}

function inMinutes(minutes: number): string {
  return new Date(Date.now() + 60_000 * minutes).toISOString();
}
