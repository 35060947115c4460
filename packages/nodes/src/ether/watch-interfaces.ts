import { type Log, silentLog } from "@ngflow/base";
import type { Graph } from "@ngflow/graph";
import {
  ARPHRD_ETHER,
  hasLibc,
  type InterfaceInfo,
  listInterfaces,
  type PacketRingOptions,
  watchLinks,
} from "@ngflow/os";
import { type AttachedEther, attachEther } from "./attach-ether.ts";
import { InlineInterface } from "./inline-interface.ts";
import { isInlineTap } from "./inline-path.ts";
import { LinuxInterface } from "./linux-interface.ts";

/** How interfaces become nodes. */
export interface WatchInterfacesOptions {
  /** Interfaces that get a node besides the Ethernet ones, e.g. `lo`. */
  readonly names?: readonly string[];
  /** Interfaces whose node is between wire and host; the nodes of all others observe. */
  readonly inline?: readonly string[];
  readonly ring?: PacketRingOptions;
  /** How often the kernel's list is read even if the kernel reported no change. Default 10,000. */
  readonly intervalMs?: number;
  readonly log?: Log;
}

/** The ether nodes of this machine's interfaces, kept up to date. */
export interface InterfaceWatch {
  /** Reads the kernel's list now. */
  scan(): void;
  /** Nodes of interfaces, by interface index. */
  attached(): ReadonlyMap<number, AttachedEther>;
  /** Passes on every frame captured until now and captures no more. */
  drain(): void;
  /** Stops watching and closes the rings; the nodes stay. Safe to call twice. */
  stop(): void;
}

interface Watched {
  readonly attached: AttachedEther;
  readonly source: LinuxInterface | InlineInterface;
  carrier: boolean;
}

/**
 * Makes a node for every interface that exists and follows what happens to them: new ones get a node, vanished ones
 * lose theirs, renames rename, link changes are sent to the nodes' peers. Nothing is captured until hooks are
 * connected.
 */
export function watchInterfaces(graph: Graph, options: WatchInterfacesOptions = {}): InterfaceWatch {
  const watched = new Map<number, Watched>();
  /** Interfaces whose node name was taken, or whose node was detached: left alone until they go. */
  const ignored = new Set<number>();
  const log = options.log ?? silentLog;

  const add = (info: InterfaceInfo): void => {
    const source = options.inline?.includes(info.name) === true ? inliner(info.name) : observer(info.name, info.index);
    const attached = attachEther(graph, source);
    if (attached === undefined) ignored.add(info.index);
    else watched.set(info.index, { attached, source, carrier: info.carrier });
  };

  const inliner = (name: string): InlineInterface => {
    const source = new InlineInterface(name, options.ring?.countSegments, {
      bypassed: (ms, packets) =>
        log.warn(
          { ms, packets },
          `${source.name}: frames bypassed its node because the graph did not run; they pass through it again`,
        ),
    });
    return source;
  };

  const observer = (name: string, index: number): LinuxInterface => {
    const source = new LinuxInterface(name, options.ring, {
      gone: () => remove(index),
      failed: (reason) => log.error({}, `${source.name}: capture failed, trying again: ${reason}`),
    });
    return source;
  };

  const remove = (index: number): void => {
    const entry = watched.get(index);
    if (entry === undefined) return;
    watched.delete(index);
    log.info({}, `${entry.source.name}: the interface is gone, and its node with it`);
    // What was captured until then is still to be passed on.
    entry.attached.drain();
    entry.attached.remove();
  };

  const update = (entry: Watched, info: InterfaceInfo): void => {
    const renamed = entry.source.name !== info.name;
    entry.source.refresh(info.name);
    if (renamed) entry.attached.renamed();
    if (entry.carrier === info.carrier) return;
    entry.carrier = info.carrier;
    entry.attached.linkState(info.carrier);
  };

  const scan = (): void => {
    const present = new Map(listInterfaces().map((info) => [info.index, info]));
    for (const index of watched.keys()) if (!present.has(index)) remove(index);
    for (const index of ignored) if (!present.has(index)) ignored.delete(index);
    for (const info of present.values()) {
      const entry = watched.get(info.index);
      if (entry !== undefined) {
        if (entry.attached.node.valid) update(entry, info);
        else {
          watched.delete(info.index);
          ignored.add(info.index);
        }
      } else if (!ignored.has(info.index) && wanted(info, options.names)) add(info);
    }
  };

  scan();
  const endLinkWatch = hasLibc() ? watchLinks(scan) : () => {};
  const timer = setInterval(scan, options.intervalMs ?? 10_000);
  timer.unref();
  return {
    scan,
    attached: () => new Map([...watched].map(([index, { attached }]) => [index, attached])),
    drain() {
      for (const { attached } of watched.values()) attached.drain();
    },
    stop() {
      clearInterval(timer);
      endLinkWatch();
      for (const { source } of watched.values()) source.stop();
    },
  };
}

function wanted(info: InterfaceInfo, names: readonly string[] | undefined): boolean {
  if (isInlineTap(info.name)) return false;
  return info.type === ARPHRD_ETHER || names?.includes(info.name) === true;
}
