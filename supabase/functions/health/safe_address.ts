import { isLoopback } from "../_shared/env.ts";

/** Whether a message may be sent to this URL. */
export type IsSafe = (url: URL) => Promise<boolean>;

/** The addresses of a host name; empty: it has none, or cannot be looked up here. */
export type Resolve = (hostname: string) => Promise<string[]>;

/** Milliseconds a look-up may take. */
const TIME_LIMIT = 3_000;

/**
 * A hosted project sends only to public addresses, so that no endpoint reaches what only its network can
 * reach. A stack on this machine, whose API has no https, sends anywhere.
 */
export function safeAddress(apiUrl: string, resolve: Resolve = resolving): IsSafe {
  if (new URL(apiUrl).protocol !== "https:") return () => Promise.resolve(true);
  return async ({ protocol, hostname }) => {
    if (protocol !== "https:" || isLoopback(hostname)) return false;
    const literal = hostname.replace(/^\[|\]$/g, "");
    const addresses = isAddress(literal) ? [literal] : await resolve(hostname);
    return addresses.every(isPublic);
  };
}

/** Where the runtime cannot look a name up, only literal addresses are judged. */
async function resolving(hostname: string): Promise<string[]> {
  if (typeof Deno.resolveDns !== "function") return [];
  const within = { signal: AbortSignal.timeout(TIME_LIMIT) };
  const found = await Promise.allSettled([
    Deno.resolveDns(hostname, "A", within),
    Deno.resolveDns(hostname, "AAAA", within),
  ]);
  return found.flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+(\.\d+){3}$/.test(host);
}

/** The blocks that IANA gives to no public host: the first bits of each, and how many of them count. */
const RESERVED: readonly [number, number][] = [
  ...[[0x00000000, 8], [0x0a000000, 8], [0x64400000, 10], [0x7f000000, 8]], // this, 10, carrier, loopback
  ...[[0xa9fe0000, 16], [0xac100000, 12], [0xc0000000, 24], [0xc0000200, 24]], // link, 172.16, 192.0.0, test
  ...[[0xc0a80000, 16], [0xc6120000, 15], [0xc6336400, 24], [0xcb007100, 24]], // 192.168, bench, tests
  ...[[0xe0000000, 4], [0xf0000000, 4]], // multicast, reserved
] as [number, number][];

function isPublic(address: string): boolean {
  return address.includes(":") ? isPublicV6(address) : isPublicV4(address);
}

function isPublicV4(address: string): boolean {
  const bits = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return !RESERVED.some(([block, size]) => bits >>> (32 - size) === block >>> (32 - size));
}

/** Only 2000::/3 is public, without the blocks that lead to an IPv4 address or to documentation. */
function isPublicV6(address: string): boolean {
  const [first = "", second = ""] = address.toLowerCase().split(":");
  const prefix = parseInt(first || "0", 16);
  if (prefix < 0x2000 || prefix > 0x3fff || prefix === 0x2002) return false;
  return !(prefix === 0x2001 && (second === "" || ["0", "db8", "0db8"].includes(second)));
}
