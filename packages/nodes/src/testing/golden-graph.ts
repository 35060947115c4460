import { NgError, type NodeType } from "@ngflow/graph";
import { nodeTypes, type SocketKind } from "../index.ts";
import type { GoldenCheck } from "./golden-check.ts";
import { BOOT_MS, GoldenSystem, type Step } from "./golden-system.ts";
import { LATER_RELEASES } from "./later-release.ts";
import { NotedSocket } from "./noted-socket.ts";

/** A case of graph.json: operations on one system, in order. */
export interface GraphCase {
  readonly name: string;
  readonly description: string;
  readonly setup: string;
  readonly script: readonly Step[];
}

/** The sockets of the observed system: they note calls, and refuse what that system's socket layer refused. */
function openNoted(kind: SocketKind, note: (event: unknown) => void): NotedSocket {
  note({ socketCall: "socreate", args: [kind.family, kind.type, kind.protocol] });
  if (kind.type === 0) throw new NgError("EPROTONOSUPPORT");
  return new NotedSocket(note);
}

/** Our types as the observed system had them: noted sockets, and netflow in the kernel's profile. */
function observedTypes(note: (event: unknown) => void): NodeType[] {
  return nodeTypes({
    netflow: { profile: "freebsd", bootMs: BOOT_MS },
    openSocket: (kind) => openNoted(kind, note),
  });
}

/**
 * One check for each step of a case; the first makes the system that all of them work on. Steps that a later release
 * does otherwise are left out.
 */
export function graphChecks({ name, setup, script }: GraphCase): GoldenCheck[] {
  let system: GoldenSystem | undefined;
  const checks = script.map((step, index) => ({
    title: `${name} step ${index + 1}: ${step.cmd.join(" ")}`,
    expected: step,
    got: () => {
      system ??= new GoldenSystem(setup, observedTypes);
      return system.execute(step);
    },
  }));
  const later = new Set(LATER_RELEASES.filter((row) => row.in === name).map(({ cmd }) => cmd));
  return checks.filter(({ expected }) => !later.has(expected.cmd.join(" ")));
}
