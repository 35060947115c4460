import type { PacketBatch } from "@ngflow/base";
import { NgError } from "@ngflow/graph";
import { type EtherSink, LinuxInterface } from "@ngflow/nodes";
import { hasCapability, listInterfaces, type PacketRingOptions } from "@ngflow/os";
import { type FlowEngine, loadEngine, type Observation } from "@ngflow/nodes/engine";
import { type MachineFacts, openMachineFacts } from "../daemon/machine-facts.ts";
import type { Destination } from "./destination.ts";
import { applyChoices } from "./engine-choices.ts";
import { ExportError } from "./errors.ts";
import type { EngineSettings } from "./meter-settings.ts";
import { type MeterStats, meterStats } from "./meter-stats.ts";
import { printText } from "../output/print-text.ts";

/** What to meter live and for how long. */
export interface LiveSettings extends EngineSettings {
  readonly interface: string;
  /** 0: until stopped. */
  readonly durationSeconds: number;
  /** Resolves when the user stops metering. */
  readonly stopped: Promise<unknown>;
  readonly ring: PacketRingOptions;
  /** Source id of v9, observation domain of IPFIX, engine id of v5. */
  readonly domain: number;
  /** Called when capture has started, with the number of the ring's fanout group, if it is in one. */
  readonly opened?: (group: number | undefined) => void;
}

const INGRESS_AND_EGRESS = 3;

/**
 * Meters both directions of an interface until stopped, or until the interface is gone, then exports cached flows.
 * Packets that the kernel dropped are under `skipped`.
 *
 * @throws NgflowError without the interface or the privilege.
 */
export async function meterInterface(settings: LiveSettings, destination: Destination): Promise<MeterStats> {
  requireInterface(settings.interface);
  const facts = await openMachineFacts(settings.asTable, (message) =>
    printText(process.stderr, `ngflow: ${message}\n`),
  );
  const engine = await createLiveEngine(settings, destination, facts);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const source = new LinuxInterface(settings.interface, settings.ring, { gone: end, failed: end });
  const ingress = observation(0, source.index, source.linkType);
  const egress = observation(1, 0, source.linkType);
  let packets = 0;
  const meter = (batch: PacketBatch, where: Observation): void => {
    packets += batch.wirePackets();
    engine.account(batch, where);
  };
  start(source, { received: (batch) => meter(batch, ingress), sent: (batch) => meter(batch, egress) });
  settings.opened?.(source.fanoutGroup);
  const ticker = setInterval(() => engine.tick(Date.now()), engine.tickIntervalMs);
  const limit = settings.durationSeconds > 0 ? setTimeout(end, settings.durationSeconds * 1000) : undefined;
  await Promise.race([settings.stopped, ended]);
  clearInterval(ticker);
  clearTimeout(limit);
  source.drain();
  source.stop();
  engine.close(Date.now());
  facts.close();
  const stats = meterStats(engine, packets);
  return { ...stats, skipped: { ...stats.skipped, kernelDrops: source.stats().packetsDropped } };
}

/** @throws NgflowError with the system's error. */
function start(source: LinuxInterface, sink: EtherSink): void {
  try {
    source.start(sink);
  } catch (cause) {
    if (!(cause instanceof NgError)) throw cause;
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new ExportError("export-interface", `-i ${source.name}: ${reason}`, { cause });
  }
}

function observation(direction: 0 | 1, ifIndex: number, dataLinkType: number): Observation {
  return { slot: 0, direction, dataLinkType, ifIndex, conf: INGRESS_AND_EGRESS, hasOpposite: true };
}

async function createLiveEngine(
  settings: LiveSettings,
  destination: Destination,
  facts: MachineFacts,
): Promise<FlowEngine> {
  const create = await loadEngine(settings.profile);
  const engine = create(
    {
      nowMs: () => Date.now(),
      monotonicMs: () => performance.now(),
    },
    { ...facts.options, maxFlows: settings.maxFlows, observationDomainId: settings.domain },
  );
  engine.setTimeouts(settings.inactiveSeconds, settings.activeSeconds);
  applyChoices(engine, settings);
  engine.setExport(settings.hook, destination);
  return engine;
}

/** @throws NgflowError when an interface is absent, or may not be captured. */
export function requireInterface(name: string): void {
  const present = listInterfaces().map((info) => info.name);
  if (!present.includes(name)) {
    throw new ExportError(
      "export-interface",
      `-i ${name}: no such interface; the interfaces are ${present.join(", ")}`,
    );
  }
  if (!hasCapability("net_raw")) {
    throw new ExportError("export-interface", `-i ${name}: capturing needs CAP_NET_RAW; run this with sudo`);
  }
}
