/** For all processes that we start: a small environment, and output read by lines. */

/** The variables that a process needs. It gets nothing else of the developer's environment. */
export function runtimeEnv(): Record<string, string> {
  const all = Deno.env.toObject();
  const needed = Object.keys(all).filter((name) =>
    /^(PATH|HOME|TMPDIR|DENO_.*|XDG_CACHE_HOME|NPM_CONFIG_.*|https?_proxy|no_proxy)$/i.test(name) ||
    /^(SystemRoot|USERPROFILE|LOCALAPPDATA|TEMP|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i.test(
      name,
    )
  );
  return Object.fromEntries(needed.map((name) => [name, all[name] ?? ""]));
}

/** Calls `take` with each line, until the output ends. */
export async function forEachLine(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + text).split("\n");
    rest = complete.pop() ?? "";
    complete.forEach(take);
  }
  if (rest !== "") take(rest);
}
