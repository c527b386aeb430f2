/**
 * The Data API and Auth: `@supabase/lite` in this process, each with the rights that its server has when
 * hosted. Auth connects as `supabase_auth_admin`, the Data API as `authenticator`.
 */

import { App, getAuthSchemaSql } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { keepSqlstates } from "./error_answers.ts";
import { runOn } from "./database_copies.ts";
import type { LocalPostgres } from "./postgres.ts";
import { applyRoleSettings } from "./role_settings.ts";
import { silence } from "./silence.ts";

/** The database that the API serves, and its keys. */
export interface ApiOptions {
  postgres: Pick<LocalPostgres, "adminUrl" | "urlAs">;
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
  siteUrl: string;
  /** The schemas that the Data API exposes. */
  schemas: string[];
}

/** `/rest/v1` and `/auth/v1`; anything else is a 404. */
export interface Api {
  fetch(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

type Connection = ReturnType<typeof openConnection>;

const ROOMS = ["/rest/v1", "/auth/v1"];

/** How long queries may still take at the end. A connection to a database that is down would never end by itself. */
const GRACE_SECONDS = 2;

/** Creates the tables that Auth keeps beside the prelude's `auth.users`, as Auth itself does. */
export async function createAuthSchema(server: Pick<LocalPostgres, "urlAs">): Promise<void> {
  await runOn(server.urlAs("supabase_auth_admin"), getAuthSchemaSql());
}

/** Opens the API on a database that has its migrations: it reads the catalogue here, and only once. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const auth = openConnection(options.postgres.urlAs("supabase_auth_admin"));
  const data = openConnection(options.postgres.urlAs("authenticator"), {
    search_path: "public, extensions", // as PostgREST sets it
  });
  await giveCatalogue(options.postgres.adminUrl, [auth, data]);
  applyRoleSettings(data, options.schemas[0] ?? "public");
  // lite has one connection for both. It looks up a token's user and session on its own; the request itself
  // runs in a context, and that is the Data API's.
  auth.withContext = data.withContext.bind(data);
  const app = openApp(auth, options);
  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const known = ROOMS.some((room) => pathname === room || pathname.startsWith(`${room}/`));
      return known ? await app.fetch(request) : notFound(pathname);
    },
    stop: async () => {
      await Promise.all([auth, data].map(({ driver }) => driver.end({ timeout: GRACE_SECONDS })));
    },
  };
}

function openConnection(url: string, settings: Record<string, string> = {}) {
  const connection = createPostgresConnection({
    url,
    postgresOptions: { onnotice: () => {}, connection: settings },
  });
  refuseToGrant(connection);
  keepSqlstates(connection);
  // lite would print every refusal with its stack, and the caller already has the error.
  silence(connection);
  return connection;
}

function openApp(
  connection: Connection,
  { publishableKey, secretKey, jwtSecret, siteUrl, schemas }: ApiOptions,
): App {
  return new App({
    connection,
    api: { schemas },
    auth: {
      enabled: true,
      site_url: siteUrl,
      jwt_secret: jwtSecret,
      publishable_key: publishableKey,
      secret_key: secretKey,
      enable_signup: true,
      email: { enable_confirmations: false },
    },
    options: { server: { admin: false, disableStudio: true } },
  });
}

/**
 * PostgREST reads `pg_catalog`, which shows everything to every role. lite reads `information_schema`, which
 * shows `authenticator` nothing. So it is read as the superuser and given to lite.
 */
async function giveCatalogue(adminUrl: string, connections: Connection[]): Promise<void> {
  const admin = openConnection(adminUrl);
  const catalogue = await admin.introspect();
  await admin.close();
  for (const connection of connections) {
    connection.introspect = () => Promise.resolve(catalogue);
  }
}

/**
 * At its first request lite would grant everything in every schema with row level security to anon,
 * authenticated and service_role. Our roles and grants must stay, so lite is made to believe that it did so.
 */
function refuseToGrant(connection: object): void {
  Object.assign(connection, { ensureRlsContext: () => Promise.resolve(true) });
}

function notFound(pathname: string): Response {
  return Response.json({ message: `no route ${pathname}` }, { status: 404 });
}
