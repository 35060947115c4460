import { readFileSync } from "node:fs";
import { HOPS } from "@ngflow/flows";
import { LISTEN_PORTS } from "@ngflow/wire";
import { type Finding, ok, type Patient, warning } from "../finding.ts";

/** Ports to which exporters send by default. */
const USUAL_PORTS = LISTEN_PORTS.toSorted((a, b) => a - b);

/** Local ports of a /proc/net/udp text. */
export function udpPorts(table: string): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const line of table.split("\n").slice(1)) {
    const port = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /.exec(line)?.[1];
    if (port !== undefined) ports.add(Number.parseInt(port, 16));
  }
  return ports;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

export async function lookAtListeners({ url, ask }: Patient): Promise<readonly Finding[]> {
  const bound = new Set([...udpPorts(read("/proc/net/udp")), ...udpPorts(read("/proc/net/udp6"))]);
  const usual = USUAL_PORTS.filter((port) => bound.has(port));
  if (url === null) {
    if (usual.length === 0) return [ok(`UDP ports ${USUAL_PORTS.join(", ")} are free`)];
    return [
      warning(
        `another program listens on UDP ${usual.join(", ")}`,
        `find it with: sudo ss -lunp 'sport = :${usual[0]}'`,
      ),
    ];
  }
  const pipeline = await ask("/pipeline");
  const collects = pipeline?.hops.some(({ hop }) => hop === HOPS.collector) ?? false;
  if (!collects) return [warning("no collector runs here: flows are not received", "ngflow collect")];
  return usual.length > 0
    ? [ok(`this machine listens on UDP ${usual.join(", ")}`)]
    : [ok("flows are received, on other ports than the usual ones")];
}
