/**
 * A stand-in for the part of Supabase's Management API that the CLI calls for `functions`, `secrets`,
 * `projects api-keys`, and for every command on the database.
 *
 * It keeps what the CLI uploads, so that a test can look at it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { HostedDatabase } from "./hosted_database.ts";
import { ACCESS_TOKEN, POOLER, PROJECT_REF } from "./hosted_names.ts";

/** The upload of one function. */
export interface Upload {
  metadata: UploadMetadata;
  /** Path, as the hosted bundler sees it, to content. */
  files: Map<string, Uint8Array>;
}

/** How the hosted runtime serves a function. */
export interface UploadMetadata {
  entrypoint_path: string;
  import_map_path?: string;
  verify_jwt?: boolean;
  static_patterns?: string[];
}

/** The stand-in, listening on loopback. */
export interface ManagementApi {
  url: string;
  /** By the name of the function. */
  uploads: Map<string, Upload>;
  /** The secrets that were set for the functions, by name. */
  secrets: Map<string, string>;
  /** The requests below the project, such as `POST cli/login-role`. */
  requests: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ManagementApiOptions {
  /** The keys of the project's Data API. */
  secretKey?: string;
  /** The project's database. */
  database?: HostedDatabase;
  /** Refusals that replace the answers with a login role or with the pooler's address. */
  refusing?: { loginRole?: Response; pooler?: boolean };
  /** Receives new secrets before the CLI is answered. */
  onSecrets?: (secrets: ReadonlyMap<string, string>) => Promise<void>;
}

const PROJECT_PATH = `/v1/projects/${PROJECT_REF}`;

/** Starts the stand-in on a free port. */
export function serveManagementApi(options: ManagementApiOptions = {}): ManagementApi {
  const received: Received = { uploads: new Map(), secrets: new Map(), requests: [] };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, received, options),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    ...received,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

type Received = Pick<ManagementApi, "uploads" | "secrets" | "requests">;

async function answer(request: Request, received: Received, options: ManagementApiOptions) {
  const { pathname } = new URL(request.url);
  if (request.headers.get("authorization") !== `Bearer ${ACCESS_TOKEN}`) {
    return Response.json({ message: "Unauthorized" }, { status: 401 });
  }
  if (!pathname.startsWith(PROJECT_PATH)) return notServed(pathname);
  const asked = `${request.method} ${pathname.slice(PROJECT_PATH.length + 1)}`.trim();
  received.requests.push(asked);
  return await answerFunctions(asked, request, received) ??
    await answerSettings(asked, request, received, options) ??
    await answerDatabase(asked, request, options) ??
    notServed(asked);
}

function notServed(asked: string): Response {
  return Response.json({ message: `not served here: ${asked}` }, { status: 404 });
}

async function answerFunctions(
  asked: string,
  request: Request,
  { uploads }: Received,
): Promise<Response | null> {
  const [, name = ""] = /^GET functions\/([^/]+)(?:\/body)?$/.exec(asked) ?? [];
  const upload = uploads.get(name);
  if (upload !== undefined) {
    return asked.endsWith("/body") ? bodyOf(upload) : Response.json(deployed(name, upload));
  }
  switch (asked) {
    case "POST functions/deploy": {
      const slug = new URL(request.url).searchParams.get("slug") ?? "";
      const upload = await uploadOf(request);
      uploads.set(slug, upload);
      return Response.json(deployed(slug, upload), { status: 201 });
    }
    case "PUT functions":
      return Response.json({ functions: await request.json() });
    case "GET functions":
      return Response.json([...uploads].map(([slug, upload]) => deployed(slug, upload)));
    default:
      return null;
  }
}

async function answerSettings(
  asked: string,
  request: Request,
  { secrets }: Received,
  { secretKey = "", onSecrets }: ManagementApiOptions,
): Promise<Response | null> {
  switch (asked) {
    case "GET":
      return Response.json(PROJECT);
    case "POST secrets":
      for (const { name, value } of await request.json()) secrets.set(name, value);
      await onSecrets?.(secrets);
      return new Response(null, { status: 201 });
    case "GET secrets":
      return Response.json([...secrets].map(([name, value]) => ({ name, value: digestOf(value) })));
    case "GET api-keys":
      return Response.json([{ name: "default", type: "secret", api_key: secretKey }]);
    default:
      return null;
  }
}

async function answerDatabase(
  asked: string,
  request: Request,
  { database, refusing = {} }: ManagementApiOptions,
): Promise<Response | null> {
  if (database === undefined) return null;
  switch (asked) {
    case "POST cli/login-role":
      return refusing.loginRole?.clone() ??
        Response.json(await database.lendRole(), { status: 201 });
    case "GET config/database/pooler":
      return Response.json(refusing.pooler ? [] : [POOLER_CONFIG]);
    case "POST database/query": {
      const { query, read_only } = await request.json();
      try {
        return Response.json(await database.query(query, read_only === true), { status: 201 });
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        const text = `Failed to run sql query: ERROR:  ${code}: ${message}\nCONTEXT:  SQL\n`;
        return Response.json({ message: text }, { status: 400 });
      }
    }
    default:
      return null;
  }
}

/** A secret as Supabase shows it. */
function digestOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

async function uploadOf(request: Request): Promise<Upload> {
  const form = await request.formData();
  const metadata = form.get("metadata");
  const text = metadata instanceof File ? await metadata.text() : String(metadata);
  const files = form.getAll("file").filter((part) => part instanceof File);
  const contents = files.map(async (file) => [file.name, await file.bytes()] as const);
  return { metadata: JSON.parse(text), files: new Map(await Promise.all(contents)) };
}

/** The uploaded files, for download. */
function bodyOf({ metadata, files }: Upload): Response {
  const form = new FormData();
  form.append("metadata", JSON.stringify(metadata));
  for (const [name, content] of files) {
    form.append("file", new File([content as Uint8Array<ArrayBuffer>], name));
  }
  return new Response(form);
}

function deployed(slug: string, { metadata }: Upload): Record<string, unknown> {
  return {
    id: crypto.randomUUID(),
    slug,
    name: slug,
    status: "ACTIVE",
    version: 1,
    created_at: 0,
    updated_at: 0,
    ...metadata,
    ezbr_sha256: "0".repeat(64),
  };
}

const PROJECT = {
  id: PROJECT_REF,
  ref: PROJECT_REF,
  name: "stand-in",
  organization_id: "stand-in",
  organization_slug: "stand-in",
  region: "eu-central-1",
  status: "ACTIVE_HEALTHY",
  created_at: "2026-01-01T00:00:00Z",
  database: { host: "127.0.0.1", version: "17", postgres_engine: "17", release_channel: "ga" },
};

const POOLER_CONFIG = {
  identifier: PROJECT_REF,
  database_type: "PRIMARY",
  is_using_scram_auth: true,
  db_user: "postgres",
  db_host: POOLER,
  db_port: 5432,
  db_name: "postgres",
  connection_string: `postgresql://postgres.${PROJECT_REF}:[YOUR-PASSWORD]@${POOLER}:5432/postgres`,
  connectionString: "",
  default_pool_size: null,
  max_client_conn: null,
  pool_mode: "session",
};
