import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { createGraph, type Graph, NgError, structureOf } from "@ngflow/graph";
import { PacketBatch } from "@ngflow/base";
import { attachEther, nodeTypes, SimulatedInterface } from "@ngflow/nodes";
import type { ControlRequest } from "../../control/connection.ts";
import { serveControl } from "../../control/testing/serve-control.ts";
import { QuietSocket } from "../../explain/quiet-socket.ts";
import { ngctl } from "../../commands/ngctl/command.ts";
import { transactionRequests } from "../transaction-requests.ts";

/** A socket of a host that has no route anywhere: a failure that no dry run foresees. */
class RoutelessSocket extends QuietSocket {
  override connect(): void {
    throw new NgError("EHOSTUNREACH");
  }
}

/** What a run of ngctl printed, and its exit status. */
export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A daemon's graph with em0 and em1 between simulated ends, behind a real control socket. */
export interface TryDaemon extends AsyncDisposable {
  readonly graph: Graph;
  /** Path of the control socket. */
  readonly path: string;
  readonly em0: SimulatedInterface;
  /** Frames that have come out of em0 towards the host. */
  received(): number;
  /** Runs ngctl; a script is written to a file whose name replaces `FILE`. */
  ngctl(args: readonly string[], script?: string): Promise<Run>;
  /** Nodes by name with their type and edges, ids left out. */
  shape(): Record<string, unknown>;
}

export async function startTryDaemon(
  options: { observes?: boolean; wrap?: (requests: Record<string, ControlRequest>, graph: Graph) => void } = {},
): Promise<TryDaemon> {
  const directory = mkdtempSync(join(tmpdir(), "ngflow-try-"));
  const path = join(directory, "control.sock");
  const types = nodeTypes({ netflow: { maxFlows: 64 }, openSocket: () => new RoutelessSocket(() => {}) });
  const graph = createGraph({ clock: { nowMs: () => Date.now(), monotonicMs: () => Date.now() }, types });
  let received = 0;
  const em0 = new SimulatedInterface("em0", 1, Uint8Array.of(2, 0, 0, 0, 0, 1), {
    toHost: (batch) => void (received += batch.count),
  });
  attachEther(graph, em0);
  attachEther(graph, new SimulatedInterface("em1", 2, Uint8Array.of(2, 0, 0, 0, 0, 2)));
  const requests = transactionRequests(graph, () => options.observes === true);
  options.wrap?.(requests, graph);
  const server = await serveControl(graph, { path, requests });
  return {
    graph,
    path,
    em0,
    received: () => received,
    async ngctl(args, script) {
      const file = join(directory, "script");
      if (script !== undefined) writeFileSync(file, script);
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const [out, err] = [collect(stdout), collect(stderr)];
      const status = await ngctl(["--control", path, ...args.map((word) => (word === "FILE" ? file : word))], {
        stdin: Readable.from([script ?? ""]),
        stdout,
        stderr,
        isTerminal: false,
        pid: 4711,
      });
      return { status, out: out(), err: err().replaceAll(file, "FILE") };
    },
    shape: () => shapeOf(graph),
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A frame that arrives from the wire. */
export function frame(): PacketBatch {
  const bytes = new Uint8Array(60);
  bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45]);
  return PacketBatch.of(bytes);
}

function collect(stream: PassThrough): () => string {
  let text = "";
  stream.on("data", (chunk) => (text += String(chunk)));
  return () => {
    stream.read();
    return text;
  };
}

/** Nodes by name (by type where there is none) with their type and edges, ids left out. */
export function shapeOf(graph: Graph): Record<string, unknown> {
  const nodes = structureOf(graph);
  const label = (id: number): string => nodes.get(id)?.name ?? `unnamed ${nodes.get(id)?.type}`;
  return Object.fromEntries(
    [...nodes.values()].map((node) => [
      label(node.id),
      {
        type: node.type,
        hooks: node.hooks.map((hook) => `${hook.name} ${label(hook.peerId)}:${hook.peerHook}`).sort(),
      },
    ]),
  );
}
