/**
 * A stand-in for the part of Supabase's Management API that `functions deploy --use-api`,
 * `secrets` and `projects api-keys` call.
 *
 * It takes what the CLI uploads and keeps it, so that a test can look at it.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** What the CLI sent for one function. */
export interface Upload {
  metadata: UploadMetadata;
  /** Path, as the hosted bundler sees it, to content. */
  files: Map<string, Uint8Array>;
}

/** How the hosted runtime is told to serve a function. */
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
  /** What the functions' environment was set to, by name. */
  secrets: Map<string, string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ManagementApiOptions {
  /** What opens the project's Data API; none, where nobody asks. */
  secretKey?: string;
  /** Hears of what was set, before the CLI is answered. */
  onSecrets?: (secrets: ReadonlyMap<string, string>) => Promise<void>;
}

/** The project that exists there. */
export const PROJECT_REF = "a".repeat(20);

/** Of the one who may see it. */
export const ACCESS_TOKEN = `sbp_${"0".repeat(40)}`;

const FUNCTIONS = `/v1/projects/${PROJECT_REF}/functions`;
const SECRETS = `/v1/projects/${PROJECT_REF}/secrets`;
const API_KEYS = `/v1/projects/${PROJECT_REF}/api-keys`;

/** Starts the stand-in on a free port. */
export function serveManagementApi(options: ManagementApiOptions = {}): ManagementApi {
  const kept: Kept = { uploads: new Map(), secrets: new Map() };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, kept, options),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    ...kept,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

type Kept = Pick<ManagementApi, "uploads" | "secrets">;

async function answer(
  request: Request,
  { uploads, secrets }: Kept,
  { secretKey = "", onSecrets }: ManagementApiOptions,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.headers.get("authorization") !== `Bearer ${ACCESS_TOKEN}`) {
    return Response.json({ message: "Unauthorized" }, { status: 401 });
  }
  switch (`${request.method} ${pathname}`) {
    case `POST ${FUNCTIONS}/deploy`: {
      const slug = searchParams.get("slug") ?? "";
      const upload = await uploadOf(request);
      uploads.set(slug, upload);
      return Response.json(deployed(slug, upload), { status: 201 });
    }
    case `POST ${SECRETS}`:
      for (const { name, value } of await request.json()) secrets.set(name, value);
      await onSecrets?.(secrets);
      return new Response(null, { status: 201 });
    case `GET ${SECRETS}`:
      return Response.json([...secrets].map(([name, value]) => ({ name, value: digestOf(value) })));
    case `GET ${API_KEYS}`:
      return Response.json([{ name: "default", type: "secret", api_key: secretKey }]);
    case `PUT ${FUNCTIONS}`:
      return Response.json({ functions: await request.json() });
    case `GET ${FUNCTIONS}`:
      return Response.json([]);
    case `GET /v1/projects/${PROJECT_REF}`:
      return Response.json(PROJECT);
    default:
      return Response.json({ message: `not served here: ${pathname}` }, { status: 404 });
  }
}

/** All that Supabase tells of a secret. */
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
