/**
 * The npm package: the tracked sources as they are, with a `package.json`, a `deno.json` and a lock file of
 * its own (docs/decisions/0018_the_package_runs_its_sources.md).
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BEFORE_COMMAND } from "../../diagnosis/edition.ts";
import { PACKAGE as NAME } from "../../diagnosis/package_name.ts";
import { trackedFiles } from "../house/files.ts";
import { npmPack, type Tarball } from "./npm_pack.ts";

export { PACKAGE as NAME } from "../../diagnosis/package_name.ts";

/** What users need, in the order of docs/architecture.md. */
const SHIPPED = [
  ...["supabase", "stripe", "diagnosis", "local", "cli", "pages", "docs", "releases"],
  ...["README.md", "CHANGELOG.md", "UPGRADING.md", "LICENSE"],
];

/** Tests, their helpers, what only makes the files of this repository, and releases except their upgrades. */
const LEFT_OUT =
  /_test\.ts$|\/testing\.ts$|\/running_dev\.ts$|^local\/stripe\/published\/|^releases\/.*\/(?!from_)/;

/** The version that the commands are tested with. */
const [, DENO = ""] = /deno@(\S+)/.exec(BEFORE_COMMAND) ?? [];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface DenoJson {
  version: string;
  workspace: string[];
  imports: Record<string, string>;
  [key: string]: unknown;
}

/** Builds the tarball in this folder. */
export async function makeTarball(folder: string): Promise<Tarball> {
  const stage = await Deno.makeTempDir({ prefix: "sesame-pack-" });
  try {
    await fill(stage);
    return await npmPack(stage, folder);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

async function fill(stage: string): Promise<void> {
  const write = async (path: string, text: string) => {
    await Deno.mkdir(dirname(join(stage, path)), { recursive: true });
    await Deno.writeTextFile(join(stage, path), text);
  };
  const files = (await trackedFiles()).filter(({ path }) => isShipped(path));
  for (const { path, text } of files) await write(path, text);
  await write("diagnosis/edition.ts", EDITION);

  const config = await configFor(
    await readConfig("deno.json"),
    files.map(({ text }) => text).join("\n"),
  );
  await write("package.json", inLines(packageJson(config.version)));
  await write("deno.json", inLines(config));
  await write("deno.lock", await Deno.readTextFile(`${ROOT}deno.lock`));
  await pruneLock(stage);
  await write("deno.json", inLines({ ...config, lock: { frozen: true } }));
}

async function readConfig(path: string): Promise<DenoJson> {
  return JSON.parse(await Deno.readTextFile(ROOT + path));
}

function isShipped(path: string): boolean {
  return SHIPPED.some((top) => path === top || path.startsWith(`${top}/`)) && !LEFT_OUT.test(path);
}

/** The edition of `diagnosis/edition.ts` in the package. */
const EDITION = `/** How this copy of Sesame is started: it is the npm package. */

/** What comes before the name of a command. */
export const BEFORE_COMMAND: string = "npx ${NAME}";

/** What lists all commands. */
export const PROGRAM: string = BEFORE_COMMAND;

/** True in the npm package: its folder belongs to npm, so nothing is written there. */
export const IS_PACKAGE: boolean = true;
`;

/** The part of our deno.json that the package needs, with the imports of all its sources. */
async function configFor(
  { version, workspace, compilerOptions, imports }: DenoJson,
  texts: string,
) {
  const members = await Promise.all(workspace.map((member) => readConfig(`${member}/deno.json`)));
  const all = Object.assign({}, imports, ...members.map((member) => member.imports));
  const used = Object.entries(all).filter(([name]) => texts.includes(`"${name}"`));
  return {
    version,
    // A local node_modules would be inside npm's. And below any node_modules that Deno uses, it runs no TypeScript.
    nodeModulesDir: "none",
    imports: Object.fromEntries(used),
    compilerOptions,
  };
}

function packageJson(version: string) {
  return {
    name: NAME,
    version,
    description: "Stripe payments become access to modules on Supabase, and nothing paid is lost.",
    keywords: ["supabase", "stripe", "payments", "subscriptions", "entitlements"],
    license: "MIT",
    type: "module",
    // Both, so that npx finds the command by the name of the package too.
    bin: { [NAME]: "cli/sesame.mjs", sesame: "cli/sesame.mjs" },
    // Yarn's Plug'n'Play keeps packages zipped, and Deno reads no zip.
    preferUnplugged: true,
    engines: { node: ">=20" },
    files: [...SHIPPED, "deno.json", "deno.lock"],
    dependencies: { deno: DENO },
  };
}

/** Deno removes what the imports do not need. All other versions stay as they are. */
async function pruneLock(stage: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--config", join(stage, "deno.json")],
    env: { DENO_NO_PACKAGE_JSON: "1" },
    cwd: stage,
  }).output();
  if (!success) throw new Error(`deno install: ${new TextDecoder().decode(stderr).trim()}`);
}

function inLines(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
