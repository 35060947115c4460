import { lookup } from "node:dns/promises";
import { parseIp } from "@ngflow/base";
import type { SocketAddress } from "@ngflow/os/udp";
import { ReplayError } from "../../replay/errors.ts";

/** The address of a collector. @throws ReplayError where `--to` is not udp://HOST:PORT. */
export async function replayTarget(to: string): Promise<SocketAddress & { readonly family: "inet" | "inet6" }> {
  const match = /^udp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})\/?$/.exec(to);
  const port = Number(match?.[3]);
  if (match === null || port === 0 || port > 65_535) {
    throw new ReplayError("replay-option", `--to ${to}: expected udp://HOST:PORT, for example udp://127.0.0.1:2055`);
  }
  const host = match[1] ?? match[2]!;
  const text = parseIp(host) === undefined ? (await lookup(host)).address : host;
  const bytes = parseIp(text)!;
  const isIpv6 = text.includes(":");
  const family = isIpv6 ? "inet6" : "inet";
  return { family, address: isIpv6 ? bytes : bytes.subarray(12), port, flowInfo: 0, scopeId: 0 };
}
