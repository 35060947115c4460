import type { FlowSink } from "@ngflow/flows";
import { PROTOCOLS } from "@ngflow/wire";
import { set, template, type TestField, v9 } from "@ngflow/wire/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { collectorSettings } from "../config.ts";
import { FlowDecoder } from "../flow-decoder.ts";
import type { Session } from "./session.ts";

const FIELDS: TestField[] = [
  [8, 4],
  [12, 4],
  [1, 4],
  [2, 4],
];
const TEMPLATE = set(0, template(256, FIELDS));
const RECORDS = 30;
const DATA = set(256, new Uint8Array(16 * RECORDS));
const BEGIN = v9({}, TEMPLATE, DATA);
const HONEST = "192.0.2.1";
/** One datagram of the honest exporter every 6 ms: 5,000 records a second. */
const EVERY_MS = 6;

const sink: FlowSink = { write: (batch) => batch.rows };
let decoder: FlowDecoder;
let nowMs: number;
let sequence: number;

beforeEach(() => {
  decoder = new FlowDecoder(collectorSettings({}), sink, PROTOCOLS);
  nowMs = 1_700_000_000_000;
  sequence = 0;
});

function receive(datagram: Uint8Array, address: string, port = 5000): void {
  decoder.decode(datagram, 0, datagram.length, address, port, nowMs);
}

function honest(...sets: Uint8Array[]): void {
  nowMs += EVERY_MS;
  receive(v9({ sequence: sequence++ }, ...sets), HONEST);
}

/** The honest exporter sends its template once and data for twenty seconds. */
function prove(): void {
  honest(TEMPLATE);
  for (let i = 0; i < 200; i++) {
    nowMs += 100;
    honest(DATA);
  }
}

function sessionOf(address: string): Session | undefined {
  return [...decoder.sessions.values()].find((session) => session.address === address);
}

const forged = (i: number): string => `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;

/** Sends `flood` datagrams evenly between 100 of the honest exporter, and checks that all its records are decoded. */
function expectNoLoss(count: number, flood: (i: number) => void): void {
  prove();
  const { records } = sessionOf(HONEST)!;
  const between = count / 100;
  for (let k = 0; k < 100; k++) {
    for (let i = 0; i < between; i++) flood(k * between + i);
    honest(DATA);
  }
  const session = sessionOf(HONEST)!;
  expect(session.records - records).toBe(100 * RECORDS);
  expect(session.sequence.lostRecords).toBe(0);
  expect(decoder.totals.internalErrors).toBe(0);
  expect(decoder.sessions.size).toBeLessThanOrEqual(4096);
}

it("an exporter proves itself although the clock is set back by 400 days", () => {
  honest(TEMPLATE);
  nowMs -= 400 * 86_400_000;
  prove();
  expect(sessionOf(HONEST)!.established).toBe(true);
});

describe("an exporter that has proved itself loses nothing beside", () => {
  it("4,200 forged addresses with a template each", () => {
    expectNoLoss(4200, (i) => receive(v9({}, TEMPLATE), forged(i)));
    expect(decoder.sessions.established).toBe(1);
  });

  it("100,000 forged addresses", () => {
    expectNoLoss(100_000, (i) => receive(BEGIN, forged(i)));
    const { size, evicted, refused } = decoder.sessions;
    expect(size + evicted + refused).toBe(100_001);
    // The rate of new sessions bounds what a flood may cost: 4,096 at once and 1,024 a second.
    expect(refused).toBeGreaterThan(90_000);
  });

  it("200,000 domains of one address, which has half of the sessions", () => {
    expectNoLoss(200_000, (i) => receive(v9({ domain: i }, TEMPLATE), "10.0.0.1"));
    expect(decoder.sessions.size).toBe(2049);
  });

  it("100,000 forged sets without a template", () => {
    const waits = v9({}, set(300, new Uint8Array(40)));
    expectNoLoss(100_000, (i) => receive(waits, forged(i)));
    expect(decoder.held.setBytesHeld).toBeLessThanOrEqual(8 * 2 ** 20);
  });

  it("sets without a template from a few addresses, also when its own data has to wait", () => {
    const large = v9({}, set(300, new Uint8Array(60_000)));
    prove();
    for (let i = 0; i < 1000; i++) {
      receive(large, forged(i % 8));
      honest(set(257, new Uint8Array(16 * RECORDS)));
    }
    honest(set(0, template(257, FIELDS)));
    const before = decoder.totals.recordsDecoded;
    while (decoder.isReady) decoder.step();
    expect(decoder.totals.recordsDecoded - before).toBeGreaterThan(0);
    expect(sessionOf(HONEST)!.records).toBe((200 + 1000) * RECORDS);
  });

  it("templates of many fields", () => {
    const fields = Array.from({ length: 500 }, (): TestField => [1, 4]);
    const large = set(0, ...Array.from({ length: 30 }, (_, i) => template(256 + i, fields)));
    const flood = v9({}, large);
    expectNoLoss(200, (i) => receive(flood, forged(i % 50), 1000 + i));
  });
});

describe("an exporter that has not proved itself", () => {
  it("keeps its session while it sends, whoever else comes", () => {
    honest(TEMPLATE);
    for (let i = 0; i < 20_000; i++) {
      receive(v9({}, TEMPLATE), forged(i));
      if (i % 20 === 0) honest(DATA);
    }
    expect(sessionOf(HONEST)!.records).toBe(1000 * RECORDS);
  });

  it("begins within a second of a flood", () => {
    for (let i = 0; i < 100_000; i++) {
      receive(v9({}, TEMPLATE), forged(i));
      if (i % 20 === 0) honest(TEMPLATE);
      if (sessionOf(HONEST) !== undefined) break;
    }
    expect(sessionOf(HONEST)).toBeDefined();
  });
});

describe("sessions", () => {
  it("are established after ten seconds and ten records", () => {
    honest(TEMPLATE);
    honest(DATA);
    expect(sessionOf(HONEST)!.established).toBe(false);
    nowMs += 9000;
    honest(DATA);
    expect(sessionOf(HONEST)!.established).toBe(false);
    nowMs += 1000;
    honest(DATA);
    expect(sessionOf(HONEST)!.established).toBe(true);
    expect(decoder.sessions.established).toBe(1);
  });

  it("are established in three quarters of the room at most; the silent ones are newcomers again", () => {
    decoder = new FlowDecoder(collectorSettings({ maxSessions: 8 }), sink, PROTOCOLS);
    const addresses = Array.from({ length: 8 }, (_, i) => forged(i));
    for (const address of addresses) receive(v9({}, TEMPLATE, DATA), address);
    nowMs += 11_000;
    for (const address of addresses) receive(v9({ sequence: 1 }, DATA), address);
    expect(decoder.sessions.established).toBe(6);
    expect(
      [...decoder.sessions.values()].filter(({ established }) => !established).map(({ address }) => address),
    ).toEqual(addresses.slice(0, 2));
  });

  it("that were established and dropped have their templates and sampling again when they return", () => {
    decoder = new FlowDecoder(collectorSettings({ maxSessions: 4 }), sink, PROTOCOLS);
    prove();
    sessionOf(HONEST)!.facts.set("general", 0, 100, 0, true);
    const before = decoder.totals.recordsDecoded;
    for (let i = 0; i < 40; i++) {
      nowMs += 10_000;
      receive(v9({}, TEMPLATE, DATA), forged(i < 20 ? i % 3 : i));
    }
    expect(sessionOf(HONEST)).toBeUndefined();
    expect(Array.from(decoder.saved(), ({ address }) => address)).toContain(HONEST);
    const others = decoder.totals.recordsDecoded;
    expect(others).toBeGreaterThan(before);
    honest(DATA);
    expect(sessionOf(HONEST)).toMatchObject({ records: RECORDS, established: true, facts: { general: 100 } });
  });

  it("return from the state file in the same way when the table has no room for them", () => {
    prove();
    const saved = [...decoder.saved()];
    decoder = new FlowDecoder(collectorSettings({ maxSessions: 2 }), sink, PROTOCOLS);
    decoder.restore([...["192.0.2.2", "192.0.2.3"].map((address) => ({ ...saved[0]!, address })), ...saved]);
    expect(decoder.sessions.size).toBe(2);
    honest(DATA);
    expect(sessionOf(HONEST)!.records).toBe(RECORDS);
  });
});
