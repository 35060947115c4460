import { type PacketBatch, toHex } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FlowEngine, Observation } from "./flow-engine.ts";
import { FreebsdEngine } from "./freebsd/engine.ts";
import { ModernEngine } from "./modern/engine.ts";
import { batchOf, type TestPacket } from "./testing/frames.ts";
import { Collected } from "./testing/read-records.ts";

const BOOT_MS = 1_700_000_000_000;
const WHERE: Observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 3, conf: 1, hasOpposite: true };
const CONTEXT = { nowMs: () => BOOT_MS, monotonicMs: () => 0 };
const PAYLOAD = 1000;
const TH_FIN_RST = 0x05;

function modern(maxFlows: number, set: (engine: ModernEngine) => void = () => {}): FlowEngine {
  const engine = new ModernEngine(CONTEXT, { maxFlows, observationDomainId: 7, bootMs: BOOT_MS });
  set(engine);
  return engine;
}

/**
 * TCP flags of packets. FreeBSD's node does not end a flow by its first packet, so that one with FIN or RST makes a
 * difference.
 */
const ANY_FLAGS = [0x10, 0x10, 0x18, 0x11, 0x04];
const NO_END = [0x10, 0x18];

const ENGINES: Readonly<Record<string, () => FlowEngine>> = {
  "modern, with the WebAssembly meter": () => modern(16_384),
  "modern, without it": () => modern(1000),
  "modern, both directions in a record": () => modern(1000, (engine) => engine.setFields("biflow")),
  freebsd: () => new FreebsdEngine(CONTEXT, { maxFlows: 1000, observationDomainId: 7, bootMs: BOOT_MS }),
};

/** A packet of TCP, and of how many segments it is with a last one of so much payload. */
interface Transfer {
  readonly packet: TestPacket;
  readonly segments: number;
  readonly last: number;
}

const headerBytes = ({ version }: TestPacket): number => (version === 4 ? 40 : 60);

/** The segments as the wire has them: FIN and RST are the last one's. */
function cut({ packet, segments, last }: Transfer): TestPacket[] {
  return Array.from({ length: segments }, (_, i) => {
    const isLast = i === segments - 1;
    const bytes = headerBytes(packet) + (isLast ? last : PAYLOAD);
    return { ...packet, bytes, tcpFlags: isLast ? packet.tcpFlags : packet.tcpFlags & ~TH_FIN_RST };
  });
}

/** The same as frames of an offload. */
function mergedBatch(transfers: readonly Transfer[]): PacketBatch {
  const batch = batchOf(
    transfers.map(({ packet, segments, last }) => ({
      ...packet,
      bytes: headerBytes(packet) + (segments - 1) * PAYLOAD + last,
    })),
  );
  for (const [i, { packet, segments }] of transfers.entries()) {
    if (segments === 1) continue;
    batch.segments[i] = ((14 + headerBytes(packet)) << 16) | segments;
    batch.hasSegments = true;
  }
  return batch;
}

function observe(create: () => FlowEngine, batch: PacketBatch) {
  const engine = create();
  const out = new Collected();
  engine.setExport("export9", out);
  engine.account(batch, WHERE);
  engine.close(BOOT_MS + 60_000);
  return {
    datagrams: out.datagrams.map((datagram) => toHex(datagram)),
    info: engine.info(),
    counters: engine.counters?.(),
  };
}

const transfer = (flags: readonly number[]) =>
  fc
    .record({
      version: fc.constantFrom<4 | 6>(4, 6),
      flow: fc.integer({ min: 1, max: 6 }),
      tcpFlags: fc.constantFrom(...flags),
      segments: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 60 })),
      last: fc.integer({ min: 1, max: PAYLOAD }),
    })
    .map(({ version, flow, tcpFlags, segments, last }) => ({
      packet: { version, flow, protocol: 6, tcpFlags, tos: 0, bytes: 0, timeUs: BOOT_MS * 1000 },
      segments,
      last,
    }));

describe.each(Object.entries(ENGINES))("segments that an offload merged (%s)", (name, create) => {
  it("are metered like those on the wire, to the byte of every datagram", () => {
    fc.assert(
      fc.property(
        fc.array(transfer(name === "freebsd" ? NO_END : ANY_FLAGS), { minLength: 1, maxLength: 200 }),
        (transfers) => {
          const merged = observe(create, mergedBatch(transfers));
          expect(merged).toEqual(observe(create, batchOf(transfers.flatMap(cut))));
        },
      ),
      { numRuns: 50 },
    );
  });
});
