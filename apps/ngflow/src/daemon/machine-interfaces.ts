import type { Log } from "@ngflow/base";
import type { Graph } from "@ngflow/graph";
import {
  ARPHRD_ETHER,
  type CapabilityName,
  carriesEveryDefaultRoute,
  hasCapability,
  type InterfaceInfo,
  listInterfaces,
  type PacketRingOptions,
} from "@ngflow/os";
import { watchInterfaces } from "@ngflow/nodes";
import type { AttachedInterfaces } from "../demo/demo-interface.ts";
import { DaemonError } from "./errors.ts";

/** Interfaces whose nodes are between wire and host. */
export interface InlineChoice {
  readonly names: readonly string[];
  /** Also allow the interface of the only default route: connecting `lower` alone cuts a remote user off. */
  readonly force: boolean;
}

/** Capabilities that capture needs, and inline mode for its TAPs and its programs on the interface. */
const CAPTURE_CAPABILITIES = ["net_raw"] as const;
const INLINE_CAPABILITIES = ["net_admin", "bpf"] as const;

/** The capabilities that this process lacks, as text for messages; empty when it has all. */
function lacking(capabilities: readonly CapabilityName[]): string {
  const missing = capabilities.filter((capability) => !hasCapability(capability));
  return missing.map((capability) => `CAP_${capability.toUpperCase()}`).join(" and ");
}

/** Capture on named interfaces must be possible. Otherwise nodes are made, but refuse hooks. */
function checkCapture(names: readonly string[], log: Log): void {
  const list = lacking(CAPTURE_CAPABILITIES);
  if (list === "") return;
  if (names.length === 0) {
    log.warn(
      {},
      `capturing needs ${list}, which this process lacks: hooks of interfaces are refused; run it with sudo`,
    );
    return;
  }
  const what = `--interface ${names.join(" ")}: capturing needs ${list}, which this process lacks: run it with sudo`;
  throw new DaemonError("no-privilege", what);
}

function checkInline({ names, force }: InlineChoice, present: readonly InterfaceInfo[]): void {
  for (const name of names) {
    if (present.find((info) => info.name === name)?.type !== ARPHRD_ETHER) {
      throw new DaemonError("not-ethernet", `--inline ${name}: only an Ethernet interface can be inline`);
    }
    if (force || !carriesEveryDefaultRoute(name)) continue;
    throw new DaemonError(
      "only-default-route",
      `--inline ${name}: it carries the only default route, and connecting "lower" alone would cut this machine off; ` +
        "add --force if you have another way to reach it",
    );
  }
  if (names.length === 0) return;
  const list = lacking(INLINE_CAPABILITIES);
  if (list === "") return;
  throw new DaemonError("no-privilege", `--inline needs ${list}, which this process lacks: run it with sudo`);
}

/**
 * A node for every Ethernet interface of the machine, and for the named ones of other types (`lo`).
 *
 * @throws NgflowError when a named interface does not exist, or must not or cannot be inline.
 */
export function attachMachine(
  graph: Graph,
  names: readonly string[],
  inline: InlineChoice,
  ring: PacketRingOptions,
  log: Log,
): AttachedInterfaces {
  const infos = listInterfaces();
  const present = infos.map((info) => info.name);
  for (const name of [...names, ...inline.names]) {
    if (present.includes(name)) continue;
    const option = names.includes(name) ? "--interface" : "--inline";
    const list = present.length > 0 ? `the interfaces are ${present.join(", ")}` : "there are no interfaces";
    throw new DaemonError("no-such-interface", `${option} ${name}: no such interface; ${list}`);
  }
  checkInline(inline, infos);
  checkCapture(names, log);
  return watchInterfaces(graph, { names, inline: inline.names, ring, log });
}
