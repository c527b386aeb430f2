/** `deno task pack`: builds the npm package. */

import { resolve } from "node:path";
import { command } from "../../cli/frame.ts";
import { value, withDefault } from "../../cli/options.ts";
import { say } from "../../local/terminal.ts";
import { makeTarball } from "./npm_tarball.ts";

const pack = command({
  name: "pack",
  summary: "Build the npm package, as a tarball",
  options: {
    to: withDefault(value("<folder>", "where the tarball is written"), "."),
  },
  examples: ["", "--to /tmp"],
  exitCodes: ["the tarball is written"],
  async run({ options: { to } }) {
    const { path, size, unpackedSize, files } = await makeTarball(resolve(to));
    const inMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    say(
      `${path}: ${files.length} files, ${inMegabytes(size)}, unpacked ${inMegabytes(unpackedSize)}`,
    );
    return 0;
  },
});

await pack.runAndExit();
