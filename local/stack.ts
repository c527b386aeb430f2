/**
 * A whole Supabase project on one machine, without Docker: Postgres with the platform's prelude and
 * our migrations, Data API and Auth, and the functions, behind one port.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createAuthSchema, startApi } from "./api.ts";
import { type Functions, startFunctions } from "./functions.ts";
import { readExposedSchemas } from "./functions_config.ts";
import {
  adoptStripeKeys,
  alsoTrusting,
  overlaidEnv,
  platformEnv,
  readEnvFile,
} from "./functions_env.ts";
import { startGateway } from "./gateway.ts";
import { makeKeys, type StackKeys } from "./keys.ts";
import { applyMigrations, applySeed } from "./migrations.ts";
import { openPage, type Page, type PageConfig } from "./page.ts";
import { type LocalPostgres, startPostgres } from "./postgres.ts";
import { applyPrelude } from "./prelude.ts";
import { readTexts, startPrepared } from "./prepared.ts";
import { CATALOGUE, CODES } from "./stripe/catalogue.ts";
import { type StandIn, startStandIn } from "./stripe/stand_in.ts";
import { UserError } from "./terminal.ts";

/** Every default suits a test. */
export interface StackOptions {
  /** The gateway's port; 0, the default, picks a free one. */
  port?: number;
  /** Postgres' port; 0, the default, picks a free one. */
  dbPort?: number;
  /** False turns fsync off, for speed where commits are not measured. Default true. */
  durable?: boolean;
  /** The URL of the project's `supabase/`, with its last slash; default our own. */
  project?: URL;
  /** The schema with Sesame's tables and functions, for the pages; default `public`. */
  schema?: string;
  /** What the names of our functions begin with in this project; default nothing. */
  functionsPrefix?: string;
  /** The folders of the pages to serve, each under its name; default none. */
  pages?: Readonly<Record<string, URL>>;
  /** False leaves out schema realtime, as on a stack that has no Realtime. Default true. */
  realtime?: boolean;
  /** False leaves the functions out, where only the database is wanted. Default true. */
  functions?: boolean;
  /** The SQL of an old site's database: run first, and then the migrations take its tables over. */
  oldSite?: URL;
  /** More environment for the functions, over what the stack gives them; read anew at each reload. */
  env?: Record<string, string>;
  /** A folder whose `.env` counts, over what the stack gives; default none. */
  envFolder?: URL;
  /** Takes what the functions print; by default it is dropped. */
  log?(line: string): void;
}

/** A running stack. */
export interface Stack extends StackKeys, AsyncDisposable {
  /** `http://127.0.0.1:<port>`: the project's URL for supabase-js. */
  apiUrl: string;
  /** `<apiUrl>/functions/v1` */
  functionsUrl: string;
  /** What the names of our functions begin with; empty: they have no prefix. */
  functionsPrefix: string;
  /** The database as hosted: the role `postgres`, which owns the project and is not a superuser. */
  dbUrl: string;
  /** The database as its superuser, for what a project's owner may not do: crash or configure it. */
  adminUrl: string;
  /** The server itself: `pause()` and `resume()` it to test without a database. */
  postgres: LocalPostgres;
  /** The stand-in for Stripe, which the functions use unless the operator sets a key. */
  stripe: StandIn;
  /** The functions: `kill(name)` one, `reload()` them all; null if they were left out. */
  functions: Functions | null;
  /** The pages, each at `<apiUrl>/<name>`. */
  pages: Map<string, Page>;
  /** Ends every process and removes the data; harmless when repeated. */
  stop(): Promise<void>;
}

const OUR_PROJECT = new URL("../supabase/", import.meta.url);

/**
 * Starts a stack; takes about two seconds.
 *
 * @throws UserError, one line, where a port is taken or a migration is refused; then nothing is left
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { project = OUR_PROJECT, port = 0, functionsPrefix = "" } = options;
  await using started = new AsyncDisposableStack();
  const gateway = startGateway(port);
  started.defer(gateway.stop);
  const postgres = started.use(await startDatabase(project, options));

  const { envFolder } = options;
  const readFile = async () => envFolder === undefined ? {} : await readEnvFile(envFolder);
  const keys = adoptStripeKeys(makeKeys(), { ...await readFile(), ...options.env });
  const schemas = await readExposedSchemas(new URL("config.toml", project));
  const apiOptions = { postgres, siteUrl: gateway.url, schemas, ...keys };
  const stripe = started.use(
    openStripe(`${gateway.url}/functions/v1/${functionsPrefix}stripe-webhook`, keys),
  );

  // The functions boot while the database gets its seed: they use it only for requests.
  const booting = options.functions === false ? Promise.resolve(null) : startFunctions({
    project,
    jwtSecret: keys.jwtSecret,
    readEnv: async () =>
      overlaidEnv(
        platformEnv(gateway.url, postgres.urlAs("postgres"), keys, stripe.url),
        { ...alsoTrusting(await readFile(), keys.webhookSecret, gateway.url), ...options.env },
      ),
    log: options.log ?? (() => {}),
  });
  const booted = booting.catch(() => null); // a failure is reported below, where it is awaited
  started.defer(async () => await (await booted)?.stop());
  await applySeed(postgres.urlAs("postgres"), new URL("seed.sql", project));
  const api = await startApi(apiOptions);
  started.defer(api.stop);
  const functions = await booting;

  const { schema = "public" } = options;
  const pages = openPages(options.pages ?? {}, {
    apiUrl: gateway.url,
    schema,
    functionsPrefix,
    ...keys,
  });
  gateway.open({
    api: api.fetch,
    functions: functions?.fetch ?? refuseFunctions,
    pages: new Map([...pages].map(([name, page]) => [name, page.fetch])),
  });
  started.defer(gateway.stop); // ends first: no new requests to what is stopping
  return describe(
    { ...keys, functionsPrefix },
    gateway.url,
    { postgres, stripe, functions, pages },
    started.move(),
  );
}

function openPages(folders: Readonly<Record<string, URL>>, config: PageConfig): Map<string, Page> {
  return new Map(Object.entries(folders).map(([name, folder]) => [name, openPage(folder, config)]));
}

/** The stand-in for Stripe with the prices of the seed and a promotion code. Its events go to the webhook. */
function openStripe(webhookUrl: string, keys: StackKeys): StandIn {
  const stripe = startStandIn({
    key: keys.stripeSecretKey,
    webhook: { url: webhookUrl, secret: keys.webhookSecret },
  });
  for (const price of CATALOGUE) stripe.addPrice(price);
  for (const code of CODES) stripe.addCode(code);
  return stripe;
}

/** The database before its seed. An old site's rows are private and large, so they are never saved. */
async function startDatabase(
  project: URL,
  { dbPort = 0, durable = true, realtime = true, oldSite }: StackOptions,
): Promise<LocalPostgres> {
  const migrations = new URL("migrations/", project);
  if (oldSite === undefined) {
    return await startPrepared({ port: dbPort, durable }, {
      sources: ["stack", String(realtime), ...await readTexts(migrations, /\.sql$/)],
      async prepare(server) {
        await applyPlatform(server, realtime);
        await applyMigrations(server.urlAs("postgres"), migrations);
      },
    });
  }
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startPostgres({ port: dbPort, durable }));
  await applyPlatform(server, realtime);
  await applyOldSite(server.urlAs("postgres"), oldSite);
  await applyMigrations(`${server.urlAs("postgres")}?sesame.move_in=now`, migrations);
  starting.move();
  return server;
}

/** The platform's prelude and Auth's tables. */
async function applyPlatform(server: LocalPostgres, realtime: boolean): Promise<void> {
  await applyPrelude(server.adminUrl, { realtime });
  await createAuthSchema(server);
}

async function applyOldSite(dbUrl: string, oldSite: URL): Promise<void> {
  if (!await applySeed(dbUrl, oldSite)) {
    throw new UserError(`there is no file ${fileURLToPath(oldSite)}`);
  }
}

function describe(
  given: StackKeys & Pick<Stack, "functionsPrefix">,
  apiUrl: string,
  parts: Pick<Stack, "postgres" | "stripe" | "functions" | "pages">,
  owned: AsyncDisposableStack,
): Stack {
  const stop = () => owned.disposeAsync();
  return {
    ...given,
    apiUrl,
    functionsUrl: `${apiUrl}/functions/v1`,
    dbUrl: parts.postgres.urlAs("postgres"),
    adminUrl: parts.postgres.adminUrl,
    ...parts,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function refuseFunctions(): Promise<Response> {
  return Promise.resolve(new Response("this stack runs no functions", { status: 404 }));
}
