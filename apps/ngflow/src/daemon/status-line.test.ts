import type { Pipeline } from "@ngflow/flows";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { collectorLine, finalLines, statusLine, stoppedLines, watchStatus } from "./status-line.ts";

const ZERO: Pipeline = {
  packetsSeen: 0,
  packetsDropped: 0,
  packetsAccounted: 0,
  recordsExported: 0,
  datagramsReceived: 0,
  recordsLost: 0,
  recordsDecoded: 0,
  rowsStored: 0,
  hops: [],
};

describe("status line", () => {
  it("shows the chain and says when nothing is lost", () => {
    const now = { ...ZERO, packetsSeen: 12_345, recordsExported: 678, datagramsReceived: 30, rowsStored: 678 };
    expect(statusLine(now, { ...ZERO, packetsSeen: 12_000 }, 1)).toBe(
      "12,345 packets (345/s) → 678 records exported → 30 datagrams received → 678 rows stored · no loss",
    );
  });

  it("fits the terminal, and never cuts the losses", () => {
    const counts = { packetsSeen: 12_345_678, recordsExported: 678_901, datagramsReceived: 1, rowsStored: 678_901 };
    const now = { ...ZERO, ...counts, packetsDropped: 1 };
    expect(statusLine(now, ZERO, 1000, 100)).toBe(
      "12.3M packets (12.3K/s) → 679K records → 1 datagram → 679K rows · 1 packet dropped by the kernel",
    );
    expect(statusLine(now, ZERO, 1000, 79)).toBe(
      "12.3M packets (12.3K/s) → 679K rows · 1 packet dropped by the kernel",
    );
    expect(statusLine(now, ZERO, 1000, 60)).toBe("12.3M packets (12.3K/s) · 1 packet dropped by the kernel");
    const received = { ...ZERO, datagramsReceived: 123_456, recordsDecoded: 2_345_678, rowsStored: 2_345_678 };
    expect(collectorLine(received, ZERO, 1000, 79)).toBe(
      "123K datagrams → 2.35M records (2.35K/s) → 2.35M rows · no loss",
    );
  });

  it("names every loss", () => {
    const line = statusLine({ ...ZERO, packetsDropped: 7, recordsLost: 24 }, ZERO, 0);
    expect(line).toContain("7 packets dropped by the kernel, 24 records lost");
  });

  it("names what was lost after it was exported", () => {
    const hop = (name: string, counters: Record<string, number>) => ({ hop: name, counters, lastSeenMs: null });
    const hops = [
      hop("netflow:a", { recordsDiscarded: 1 }),
      hop("netflow:ended", { recordsDiscarded: 2 }),
      hop("collector", { setsHeldDropped: 3, setsHeldExpired: 1, rowsRefused: 5 }),
      hop("spool", { rowsLost: 6, rowsRefusedMemory: 5 }),
      hop("store", { ledgerDamaged: 7 }),
    ];
    expect(finalLines({ ...ZERO, hops })).toBe(
      "0 packets seen, 0 records exported, 0 rows stored, 3 records discarded, 4 data sets without a template, " +
        "5 rows refused by the spool, 6 rows not written, 7 rows damaged",
    );
  });
});

it("ends with what became of every row that was acknowledged", () => {
  const counters = {
    ledgerAcknowledged: 1234,
    ledgerStored: 1200,
    ledgerDropped: 30,
    ledgerDamaged: 0,
    ledgerWaiting: 4,
  };
  expect(finalLines({ ...ZERO, rowsStored: 10, hops: [{ hop: "store", counters, lastSeenMs: null }] })).toBe(
    "0 packets seen, 0 records exported, 10 rows stored, no loss\n" +
      "1,234 rows acknowledged in all = 1,200 stored + 30 dropped + 0 damaged + 4 waiting",
  );
});

describe("a part that is absent or silent", () => {
  it("is not zero", () => {
    const absent = { ...ZERO, datagramsReceived: null, recordsLost: null, recordsDecoded: null };
    expect(statusLine(absent, ZERO, 1)).toContain("0 records exported → ? datagrams received → 0 rows stored");
    expect(statusLine(absent, ZERO, 1)).toContain("? records lost");
  });

  it("is named with the time it has not answered", () => {
    const hops = [{ hop: "collector", counters: {}, lastSeenMs: null, ageMs: 4200 }];
    expect(finalLines({ ...ZERO, hops })).toContain("the collector has not answered for 4 s");
    expect(finalLines({ ...ZERO, hops: [{ ...hops[0]!, ageMs: 900 }] })).toContain("no loss");
    const store = (databaseAwayMs: number) => [{ hop: "store", counters: { databaseAwayMs }, lastSeenMs: null }];
    expect(statusLine({ ...ZERO, hops: store(61_000) }, ZERO, 1)).toContain("the database has not answered for 61 s");
    expect(statusLine({ ...ZERO, hops: store(2000) }, ZERO, 1)).toContain("no loss");
  });
});

describe("status on a terminal", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const terminal = (isTTY: boolean): { written: string[]; stream: NodeJS.WriteStream } => {
    const written: string[] = [];
    const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) };
    return { written, stream: stream as unknown as NodeJS.WriteStream };
  };

  it("outlives a store that does not answer, and ends on a line of its own", async () => {
    vi.useFakeTimers();
    const { written, stream } = terminal(true);
    let asked = 0;
    const end = watchStatus(stream, () =>
      asked++ === 1 ? Promise.reject(new Error("busy")) : Promise.resolve({ ...ZERO, packetsSeen: asked }),
    );
    await vi.advanceTimersByTimeAsync(3000);
    end();
    await vi.advanceTimersByTimeAsync(3000);
    expect(asked).toBe(3);
    expect(written.map((text) => /(\d+) packets?/.exec(text)?.[1] ?? text)).toEqual(["1", "3", "\n"]);
    for (const text of written.slice(0, 2)) {
      expect(text.length).toBeLessThanOrEqual("\r\x1b[2K".length + 59);
      expect(text).toMatch(/ · no loss$/);
    }
  });

  it("asks nothing where output is no terminal", async () => {
    vi.useFakeTimers();
    const { written, stream } = terminal(false);
    const ask = vi.fn<() => Promise<Pipeline>>(() => Promise.resolve(ZERO));
    const end = watchStatus(stream, ask);
    await vi.advanceTimersByTimeAsync(3000);
    end();
    expect(ask).not.toHaveBeenCalled();
    expect(written).toEqual([]);
  });
});

test("the last line of a daemon has the totals of its own parts, and its losses", () => {
  const facts = (counters: Record<string, number>) => ({ counters, lastSeenMs: null });
  const collector = facts({ datagramsReceived: 2, recordsDecoded: 1, recordsLost: 3 });
  expect(stoppedLines({ collector, spool: facts({}) })).toBe(
    "stopped: 2 datagrams received, 1 record decoded, 3 records lost",
  );
  const ledger = { ledgerAcknowledged: 5, ledgerStored: 4, ledgerWaiting: 1 };
  expect(stoppedLines({ store: facts({ rowsStored: 4, ...ledger }) })).toBe(
    "stopped: 4 rows stored, no loss\n5 rows acknowledged in all = 4 stored + 0 dropped + 0 damaged + 1 waiting",
  );
});
