/** Keeps only a connection's database errors off the console. */

/** The part of lite's connection that every database error passes through before it is printed. */
interface Connection {
  normalizeDbError(error: unknown): unknown;
}

const silenced = new WeakSet<object>();
let installed = false;

/** From now on, `console.error` swallows exactly the errors this connection has normalised. */
export function silence(connection: Connection): void {
  const normalize = connection.normalizeDbError.bind(connection);
  connection.normalizeDbError = (error) => {
    const normalized = normalize(error);
    if (typeof normalized === "object" && normalized !== null) silenced.add(normalized);
    return normalized;
  };
  if (!installed) install();
}

function install(): void {
  installed = true;
  // lite has no logger to configure: it writes to the console of the program that embeds it.
  // deno-lint-ignore no-console
  const print = console.error;
  // deno-lint-ignore no-console
  console.error = (...words: unknown[]) => {
    if (words.length === 1 && silenced.has(Object(words[0]))) return;
    print.apply(console, words);
  };
}
