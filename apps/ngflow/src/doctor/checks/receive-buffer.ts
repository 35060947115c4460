import { readFileSync } from "node:fs";
import { hasCapability } from "@ngflow/os";
import { type Finding, ok, warning } from "../finding.ts";

/** What the collector asks for: `receiveBufferBytes`. */
const WANTED = 32 * 1024 * 1024;

/** A socket's receive buffer may be this large without privilege (socket(7)). */
export function lookAtReceiveBuffer(): readonly Finding[] {
  let most: number;
  try {
    most = Number(readFileSync("/proc/sys/net/core/rmem_max", "latin1"));
  } catch {
    return [];
  }
  const size = `${Math.floor(most / 1024)} KiB`;
  if (most >= WANTED) return [ok(`receive buffers may have ${size} (net.core.rmem_max)`)];
  if (hasCapability("net_admin")) return [ok("receive buffers have their full size: this user may force it")];
  return [
    warning(
      `receive buffers have at most ${size} (net.core.rmem_max): bursts of flows may be lost`,
      `sudo sysctl -w net.core.rmem_max=${WANTED}`,
    ),
  ];
}
