import type { FlowBatch, FlowSink } from "@ngflow/flows";
import { PROTOCOLS } from "@ngflow/wire";
import { set, template, type TestField, v9 } from "@ngflow/wire/testing";
import { describe, expect, it } from "vitest";
import { collectorSettings } from "../config.ts";
import { FlowDecoder } from "../flow-decoder.ts";

const FIELDS: TestField[] = [
  [8, 4],
  [12, 4],
  [1, 4],
  [2, 4],
];
const TEMPLATE = set(0, template(256, FIELDS));
const RECORDS = 30;
const HONEST = "192.0.2.1";
const HEAVY = "192.0.2.66";
const TINY = v9({}, set(0, template(256, [[1, 1]])));
const TINY_FULL = v9({}, set(256, new Uint8Array(65_000)));

/** The honest exporter is alone at first: three seconds. */
const ALONE_TURNS = 500;

/** Takes rows while it has room, and loses `drained` rows a millisecond, as a spool does. */
class BoundedSink implements FlowSink {
  held = 0;
  refused = 0;
  readonly taken = new Map<number, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get fill(): number {
    return this.held / this.#max;
  }

  write({ rows, columns }: FlowBatch): number {
    const taken = Math.min(rows, Math.max(0, Math.floor(this.#max - this.held)));
    this.held += taken;
    this.refused += rows - taken;
    for (let i = 0; i < taken; i++) {
      const last = columns.ExporterAddr[16 * i + 15]!;
      this.taken.set(last, (this.taken.get(last) ?? 0) + 1);
    }
    return taken;
  }
}

interface Run {
  readonly sink: BoundedSink;
  readonly decoder: FlowDecoder;
  /** Share of the honest exporter's records that the sink did not take. */
  readonly lost: number;
}

/**
 * An honest exporter of 5,000 records a second for `seconds`, and `flood`, which is called every 6 ms after a while.
 * @param drained rows that leave the sink in a millisecond
 */
function run(
  seconds: number,
  sink: BoundedSink,
  drained: number,
  flood: (send: (datagram: Uint8Array, address: string) => void, turn: number) => void,
): Run {
  const decoder = new FlowDecoder(collectorSettings({}), sink, PROTOCOLS);
  let nowMs = 1_700_000_000_000;
  let sequence = 0;
  const send = (datagram: Uint8Array, address: string): void =>
    decoder.decode(datagram, 0, datagram.length, address, 5000, nowMs);
  const data = new Uint8Array(16 * RECORDS);
  send(v9({ sequence: sequence++ }, TEMPLATE), HONEST);
  const turns = Math.floor((seconds * 1000) / 6);
  for (let turn = 0; turn < turns; turn++) {
    nowMs += 6;
    sink.held = Math.max(0, sink.held - 6 * drained);
    send(v9({ sequence: sequence++ }, set(256, data)), HONEST);
    if (turn >= ALONE_TURNS) flood(send, turn - ALONE_TURNS);
    if (turn % 16 === 0) decoder.flush();
  }
  decoder.flush();
  return { sink, decoder, lost: 1 - (sink.taken.get(1) ?? 0) / (turns * RECORDS) };
}

describe("an honest exporter next to one that sends 40 datagrams of 65 KB a second", () => {
  it("loses nothing while a sink without drain fills", () => {
    const { sink, decoder, lost } = run(40, new BoundedSink(8_000_000), 0, (send, turn) => {
      if (turn === 0) send(TINY, HEAVY);
      if (turn % 4 === 0) send(TINY_FULL, HEAVY);
    });
    expect(lost).toBe(0);
    expect(sink.refused).toBe(0);
    expect(sink.fill).toBeGreaterThan(0.5);
    expect(decoder.totals.recordsLimited).toBeGreaterThan(5_000_000);
    const [honest, heavy] = decoder.sessions.values();
    expect(honest!.recordsLimited).toBe(0);
    expect(heavy!.recordsLimited).toBe(decoder.totals.recordsLimited);
    // What is limited is no gap: it was received.
    expect(heavy!.sequence.lostRecords).toBe(0);
  });

  it("loses nothing next to forged addresses, which are one source together", () => {
    const { decoder, lost } = run(40, new BoundedSink(8_000_000), 0, (send, turn) => {
      if (turn % 4 !== 0) return;
      const address = `10.0.${(turn >>> 8) & 255}.${turn & 255}`;
      send(TINY, address);
      send(TINY_FULL, address);
    });
    expect(lost).toBe(0);
    expect(decoder.totals.recordsLimited).toBeGreaterThan(0);
  });

  it("loses at most one percent when a sink refuses what is beyond its speed", () => {
    // Room for 50,000 rows, and 100,000 a second leave it.
    const { sink, lost } = run(60, new BoundedSink(50_000), 100, (send, turn) => {
      if (turn === 0) send(TINY, HEAVY);
      if (turn % 4 === 0) send(TINY_FULL, HEAVY);
    });
    expect(lost).toBeLessThan(0.01);
    expect(sink.taken.get(66)).toBeGreaterThan(60 * 100_000 * 0.3);
  });
});

describe("a source that is alone", () => {
  it("uses what the sink takes", () => {
    const sink = new BoundedSink(1_000_000);
    const decoder = new FlowDecoder(collectorSettings({}), sink, PROTOCOLS);
    let nowMs = 1_700_000_000_000;
    decoder.decode(TINY, 0, TINY.length, HEAVY, 1, nowMs);
    for (let i = 0; i < 400; i++) {
      nowMs += 25;
      sink.held = Math.max(0, sink.held - 10_000);
      decoder.decode(TINY_FULL, 0, TINY_FULL.length, HEAVY, 1, nowMs);
    }
    decoder.flush();
    expect(sink.fill).toBeGreaterThan(0.2);
    expect(decoder.totals.recordsLimited).toBe(0);
  });
});
