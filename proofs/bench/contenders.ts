/** The sides of the comparisons. */

import { startClient } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import type { Peer } from "./peer.ts";
import { startPgbench } from "./pgbench.ts";
import type { Site } from "./site.ts";
import type { Story } from "./stories.ts";
import type { Target } from "./targets.ts";
import type { Contender } from "./turns.ts";

/** What is sent, and how much of it at once. */
export interface Load {
  story: Story;
  inFlight: number;
}

/** Signed deliveries to the processes of a function. */
export function throughFunction(name: string, site: Site, fleet: Fleet, load: Load): Contender {
  return {
    name,
    start: () => startClient({ target: fleet.target, ...load }),
    functionCpu: fleet.cpu,
    postgresCpu: site.cpu,
  };
}

/** The peer begins each turn with empty tables, because it becomes slower as they grow. */
export function throughPeer(peer: Peer, site: Site, fleet: Fleet, load: Load): Contender {
  return { ...throughFunction(peer.name, site, fleet, load), before: peer.empty };
}

/** The RPC without the function, one event in each call; `inFlight` is the number of connections. */
export function throughRpc(name: string, site: Site, load: Load): Contender {
  return withoutFunction(name, site, { kind: "rpc", dbUrl: site.webhookUrl }, load);
}

/** A bare row, committed: what the disk allows. */
export function bareInsert(site: Site, load: Load): Contender {
  const target: Target = { kind: "insert", dbUrl: site.webhookUrl };
  return withoutFunction("bare insert + commit", site, target, load);
}

/** The same call by pgbench, one event in each, over one connection. */
export function throughPgbench(program: string, site: Site, story: Story): Contender {
  return {
    name: "pgbench -M prepared, the same call",
    start: () => startPgbench(program, site, story),
    functionCpu: null,
    postgresCpu: site.cpu,
  };
}

function withoutFunction(name: string, site: Site, target: Target, load: Load): Contender {
  return {
    name,
    start: () => startClient({ target, ...load }),
    functionCpu: null,
    postgresCpu: site.cpu,
  };
}
