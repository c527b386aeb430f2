/** A TCP proxy between the webhook and its backend. It can hold data back. */

/** What a gate does with data. */
export type GateMode =
  | "open"
  /** Accepts the webhook's requests and forwards none, so they get no answer. */
  | "hold requests"
  /** Forwards the webhook's requests and withholds the answers. */
  | "hold answers";

export interface Gate extends AsyncDisposable {
  port: number;
  /** Changes the mode, also for open connections. */
  become(mode: GateMode): void;
  /** Resolves once something has been held back since the last `become()`. */
  held(): Promise<void>;
  /** How often the webhook has sent something; each is followed by a wait for its answer. */
  readonly requests: number;
}

/** Opens a gate to a port of this machine. */
export function openGate(target: number): Gate {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let mode: GateMode = "open";
  let holding = Promise.withResolvers<void>();
  let requests = 0;

  async function pass(from: Deno.Conn, to: Deno.Conn, held: GateMode): Promise<void> {
    const writer = to.writable.getWriter();
    for await (const bytes of from.readable) {
      if (held === "hold requests") requests++;
      if (mode === held) holding.resolve();
      else await writer.write(bytes);
    }
  }
  async function connect(near: Deno.Conn): Promise<void> {
    open.add(near);
    const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(far);
    await Promise.race([pass(near, far, "hold requests"), pass(far, near, "hold answers")]);
    close(near);
    close(far);
  }
  function close(connection: Deno.Conn): void {
    try {
      if (open.delete(connection)) connection.close();
    } catch {
      // Both its streams have ended, and it with them.
    }
  }
  const serving = (async () => {
    for await (const near of listener) connect(near).catch(() => close(near));
  })();

  return {
    port: listener.addr.port,
    become(next) {
      mode = next;
      holding = Promise.withResolvers();
    },
    held: () => holding.promise,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of [...open]) close(connection);
      await serving;
    },
  };
}
