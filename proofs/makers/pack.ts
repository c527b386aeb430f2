/** `deno task pack`: builds the npm packages. */

import { resolve } from "node:path";
import { command } from "../../cli/frame.ts";
import { value, withDefault } from "../../cli/options.ts";
import { say } from "../../local/terminal.ts";
import { makeClientTarball } from "./client_tarball.ts";
import { makeTarball } from "./npm_tarball.ts";

const pack = command({
  name: "pack",
  summary: "Build the npm packages, as tarballs",
  options: {
    to: withDefault(value("<folder>", "where the tarballs are written"), "."),
  },
  examples: ["", "--to /tmp"],
  exitCodes: ["the tarballs are written"],
  async run({ options: { to } }) {
    const inMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
    for (const make of [makeTarball, makeClientTarball]) {
      const { path, size, unpackedSize, files } = await make(resolve(to));
      say(
        `${path}: ${files.length} files, ${inMegabytes(size)}, unpacked ${
          inMegabytes(unpackedSize)
        }`,
      );
    }
    return 0;
  },
});

await pack.runAndExit();
