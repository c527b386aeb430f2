import assert from "node:assert/strict";
import { exists, until } from "../local/testing.ts";

/** A child that would run for an hour, and tells its process id. */
const CHILD = `
  import { endWithParent } from "${new URL("./end_with_parent.ts", import.meta.url).href}";
  endWithParent();
  console.log(Deno.pid);
  setTimeout(() => {}, 3_600_000);`;

Deno.test({
  name: "a process whose parent is killed ends too, and one without a named parent does not",
  ignore: Deno.build.os !== "linux",
}, async () => {
  for (const isNamed of [true, false]) {
    const shell = new Deno.Command("sh", {
      args: ["-c", `${isNamed ? "SESAME_PARENT=$$ " : ""}"$DENO" eval "$CHILD"; true`],
      env: { DENO: Deno.execPath(), CHILD },
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = shell.stdout.getReader();
    const pid = Number(new TextDecoder().decode((await reader.read()).value));
    shell.kill("SIGKILL");
    await shell.status;
    const isThere = () => exists(`/proc/${pid}/cmdline`);
    if (isNamed) await until(async () => !await isThere());
    else {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      assert.ok(await isThere());
      Deno.kill(pid, "SIGKILL");
    }
    await reader.cancel();
  }
});
