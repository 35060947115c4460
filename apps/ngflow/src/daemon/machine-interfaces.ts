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
import type { AttachedInterfaces } from "./demo-interface.ts";
import { DaemonError } from "./errors.ts";

/** Interfaces whose nodes stand between wire and host. */
export interface InlineChoice {
  readonly names: readonly string[];
  /** Also the interface that carries the only default route, whose user may be cut off by a first `lower`. */
  readonly force: boolean;
}

/** Capabilities that capture needs, and inline mode for its TAPs and its programs on the interface. */
const CAPTURE_CAPABILITIES = ["net_raw"] as const;
const INLINE_CAPABILITIES = ["net_admin", "bpf"] as const;

/** Those of the capabilities that this process lacks, by their names, for a person; empty when it has all. */
function lacking(capabilities: readonly CapabilityName[]): string {
  const missing = capabilities.filter((capability) => !hasCapability(capability));
  return missing.map((capability) => `CAP_${capability.toUpperCase()}`).join(" and ");
}

/** Capture that was asked for by name must be possible; else the nodes are there, but refuse hooks. */
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
        "add --force when you have another way in",
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
    const list = present.length > 0 ? `there are ${present.join(", ")}` : "there is none";
    throw new DaemonError("no-such-interface", `${option} ${name}: no such interface; ${list}`);
  }
  checkInline(inline, infos);
  checkCapture(names, log);
  return watchInterfaces(graph, { names, inline: inline.names, ring, log });
}
