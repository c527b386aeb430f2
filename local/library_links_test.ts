/** The links of a package whose install script did not run. */

import assert from "node:assert/strict";
import { linkLibraries } from "./library_links.ts";

Deno.test("missing links are made, existing ones stay, and a second run changes nothing", async () => {
  const root = await Deno.makeTempDir({ prefix: "sesame links " });
  const native = `${root}/native`;
  try {
    await Deno.mkdir(`${native}/lib`, { recursive: true });
    await Deno.writeTextFile(`${native}/lib/libpq.so.5.17`, "library");
    await Deno.symlink("libpq.so.5.17", `${native}/lib/libpq.so.5`);
    const links = ["libpq.so.5", "libpq.so"].map((name) => ({
      source: "native/lib/libpq.so.5.17",
      target: `native/lib/${name}`,
    }));
    await Deno.writeTextFile(`${native}/pg-symlinks.json`, JSON.stringify(links));
    for (const _ of ["first", "second"]) {
      assert.equal(await linkLibraries(native), native);
      assert.equal(await Deno.readLink(`${native}/lib/libpq.so`), "libpq.so.5.17");
      assert.equal(await Deno.readTextFile(`${native}/lib/libpq.so.5`), "library");
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a package without a list of links is left as it is", async () => {
  const native = await Deno.makeTempDir();
  try {
    assert.equal(await linkLibraries(native), native);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(native)), []);
  } finally {
    await Deno.remove(native);
  }
});
