import { setU32le, u32le } from "@ngflow/base";
import type { Graph, Node } from "@ngflow/graph";
import { NETFLOW_COOKIE, NETFLOW_SHOW } from "../commands/flowctl/show-reply.ts";

/** The flows in the cache of one node, as the replies to `show` have them, without what is behind the last flow. */
export interface CachedFlows {
  /** Unix milliseconds from which the replies count uptimes. */
  readonly bootMs: number;
  /** Replies of both families, base64. */
  readonly replies: readonly string[];
}

/** Most flows that are told: a fuller cache would hold up packets. */
const MOST_FLOWS = 20_000;
const HEADER_BYTES = 16;
const ENTRY_BYTES: Readonly<Record<number, number>> = { 4: 72, 6: 112 };

/**
 * The flows that the netflow nodes of a graph have under way; null where that cannot be told: a profile that has not
 * the time of its boot in the reply, counters that sampling will multiply, or more than 20,000 flows.
 */
export function cachedFlows(graph: Graph): readonly CachedFlows[] | null {
  const found: CachedFlows[] = [];
  let flows = 0;
  for (const node of graph.nodes()) {
    if (node.type.cookie !== NETFLOW_COOKIE) continue;
    if (node.behaviour.settings?.().some(({ command }) => command === "setsampling")) return null;
    const replies: string[] = [];
    let bootMs = 0;
    for (const family of [4, 6]) {
      for (let next = new Uint8Array(8); ;) {
        const reply = show(node, family, next);
        if (reply === undefined) return null;
        const count = u32le(reply, 12);
        flows += count;
        if (flows > MOST_FLOWS) return null;
        bootMs = u32le(reply, reply.length - 8) + u32le(reply, reply.length - 4) * 2 ** 32;
        const used = reply.subarray(0, HEADER_BYTES + count * ENTRY_BYTES[family]!);
        if (count > 0) replies.push(Buffer.from(used).toString("base64"));
        next = reply.slice(4, 12);
        if (u32le(next, 0) === 0) break;
      }
    }
    // A node that has no flow may not say when it was booted.
    if (bootMs === 0 && replies.length > 0) return null;
    found.push({ bootMs, replies });
  }
  return found;
}

function show(node: Node, family: number, next: Uint8Array): Uint8Array | undefined {
  const data = new Uint8Array(HEADER_BYTES);
  data[0] = family;
  setU32le(data, 4, u32le(next, 0));
  setU32le(data, 8, u32le(next, 4));
  const message = { cookie: NETFLOW_COOKIE, cmd: NETFLOW_SHOW, flags: 0, token: 0, cmdstr: "", data };
  try {
    return node.behaviour.message?.(message, { nodeId: node.id, token: 0 });
  } catch {
    return undefined;
  }
}
