/** The Data API and Auth: `@supabase/lite` in this process, held to the database's own grants. */

import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { silence } from "./silence.ts";

/** What the API serves and which keys open it. */
export interface ApiOptions {
  dbUrl: string;
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
  siteUrl: string;
}

/** `/rest/v1` and `/auth/v1`; anything else is a 404. */
export interface Api {
  fetch(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

const ROOMS = ["/rest/v1", "/auth/v1"];

/**
 * Creates Auth's tables in the database. Comes before the prelude, which completes the schema, and
 * never again: it would put lite's own `auth.uid()` in place of the hosted one.
 */
export async function createAuthSchema(options: ApiOptions): Promise<void> {
  const app = openApp(options);
  await app.ensureSystemSchema();
  await app.connection.close();
}

/** Opens the API on a database that has its migrations: it reads the catalogue here, and only once. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const app = openApp(options);
  await app.connection.introspect({ useCache: true });
  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const known = ROOMS.some((room) => pathname === room || pathname.startsWith(`${room}/`));
      return known ? await app.fetch(request) : notFound(pathname);
    },
    stop: () => app.connection.close(),
  };
}

function openApp({ dbUrl, publishableKey, secretKey, jwtSecret, siteUrl }: ApiOptions) {
  const connection = createPostgresConnection({
    url: dbUrl,
    postgresOptions: { onnotice: () => {} },
  });
  refuseToGrant(connection);
  // Every refusal would be printed with its stack, and the caller has been told already.
  silence(connection);
  return new App({
    connection,
    api: { schemas: ["public"] },
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
 * At its first request lite would grant everything in every schema with row level security to anon,
 * authenticated and service_role. The roles and their grants are ours: tell it that is done.
 */
function refuseToGrant(connection: object): void {
  Object.assign(connection, { ensureRlsContext: () => Promise.resolve(true) });
}

function notFound(pathname: string): Response {
  return Response.json({ message: `no route ${pathname}` }, { status: 404 });
}
