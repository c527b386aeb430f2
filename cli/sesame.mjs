#!/usr/bin/env node
/**
 * The program `sesame` of the npm package: starts `main.ts` beside it, on the Deno that the package
 * depends on. It runs on Node, so that Node is all that a user needs.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 20;
const CONFIG = ["--config", fileURLToPath(new URL("../deno.json", import.meta.url))];
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

const ENV = {
  ...process.env,
  // The package.json of the user's project says nothing about Sesame.
  DENO_NO_PACKAGE_JSON: "1",
  DENO_NO_UPDATE_CHECK: "1",
  // npm exports the registry of its .npmrc in small letters, Deno reads capitals.
  ...process.env.npm_config_registry === undefined
    ? {}
    : { NPM_CONFIG_REGISTRY: process.env.npm_config_registry },
};

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

/** The path of the Deno for this system. */
function findDeno() {
  try {
    return createRequire(import.meta.url)("deno/install_api.cjs").runInstall();
  } catch (error) {
    const [reason] = String(error.message).split("\n");
    fail(
      `Sesame found no Deno for this system (${reason}). Install it again without --omit=optional. ` +
        "Linux needs glibc, as in node:20-slim; Alpine does not have it.",
    );
  }
}

/** Fetches what the lock file names into Deno's cache, if it is not there. */
function fetchPackages(deno) {
  const env = { ...ENV, NO_COLOR: "1" };
  const install = (...flags) =>
    spawnSync(deno, ["install", "--quiet", ...flags, ...CONFIG], { env, encoding: "utf8" });
  if (install("--cached-only").status === 0) return;

  process.stderr.write("Fetching the npm packages that Sesame runs on. This happens once.\n");
  const { status, stderr } = install();
  if (status === 0) return;
  const [what, cause] = stderr.split("\n").filter((line) => /^error: | 0: /.test(line))
    .map((line) => line.replace(/^error: |^ *0: /, ""));
  fail(
    `They could not be fetched. Check the network and the npm registry, and run it again. ${what}: ` +
      `${cause ?? stderr}`,
  );
}

/** Runs the command with this terminal, and ends as it ends. */
function run(deno) {
  const args = ["run", "--quiet", "--allow-all", ...CONFIG, MAIN, ...process.argv.slice(2)];
  // The child ends with this process, also when it is killed.
  const env = { ...ENV, SESAME_PARENT: String(process.pid) };
  const child = spawn(deno, args, { env, stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", ({ message }) => fail(`Deno did not start: ${message}`));
  child.on("close", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

const [major] = process.versions.node.split(".");
if (Number(major) < OLDEST_NODE) {
  fail(`Sesame needs Node ${OLDEST_NODE} or newer; this is ${process.versions.node}.`);
}
const deno = findDeno();
fetchPackages(deno);
run(deno);
