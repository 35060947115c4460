import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { silentLog } from "@ngflow/base";
import { createCollector } from "@ngflow/collector";
import type { FlowBatch } from "@ngflow/flows";
import { bytes, ipfix, set, template } from "@ngflow/wire/testing";
import { afterAll, describe, expect, it } from "vitest";
import { storeFiles } from "./store-files.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECONDS = 1_600_000_000;
const FIELDS = [
  [8, 4],
  [1, 4],
] as const;
/** The same id with the fields in the other order. */
const SWAPPED = [
  [1, 4],
  [8, 4],
] as const;
const IPFIX = bytes(
  ipfix({ seconds: SECONDS }, set(2, template(256, FIELDS))),
  ipfix({ seconds: SECONDS + 7 }, set(256, bytes([0x0a000001, 4], [100, 4]))),
);
const OTHER = bytes(
  ipfix({ seconds: SECONDS }, set(2, template(256, SWAPPED))),
  ipfix({ seconds: SECONDS }, set(256, bytes([200, 4], [0x0a000001, 4]))),
);

function file(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Stored {
  readonly octets: number[];
  readonly received: number[];
  readonly notes: string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly error: unknown;
}

/** Stores files; the spool is as full as `fill` says each time it is asked. */
async function store(files: readonly string[], fill = () => 0, stopped = () => false): Promise<Stored> {
  const octets: number[] = [];
  const received: number[] = [];
  const notes: string[] = [];
  const sink = {
    write({ rows, columns: { Bytes, TimeReceived } }: FlowBatch): number {
      for (let i = 0; i < rows; i++) {
        octets.push(Bytes[2 * i]!);
        received.push(TimeReceived[2 * i]! + TimeReceived[2 * i + 1]! * 2 ** 32);
      }
      return rows;
    },
  };
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const collector = createCollector({ listen: [] }, { sink, clock, log: silentLog });
  const error: unknown = await storeFiles(
    files,
    { collector, fill },
    { stopped, waits: () => notes.push("waits"), damaged: (_, message) => notes.push(message) },
  ).catch((reason: unknown) => reason);
  await collector.drain();
  return { octets, received, notes, counters: collector.counters(), error };
}

describe("files of IPFIX", () => {
  it("are stored, each with templates of its own, and received when their messages were made", async () => {
    const files = [file("a.ipfix", IPFIX), file("b.ipfix", OTHER), file("c.ipfix.gz", gzipSync(IPFIX))];
    expect(await store(files)).toMatchObject({
      octets: [100, 200, 100],
      received: [SECONDS + 7, SECONDS, SECONDS + 7].map((seconds) => 1000 * seconds),
      error: undefined,
      counters: { datagramsReceived: 6, sessions: 0, templatesKnown: 0, malformed: 0 },
    });
  });

  it("larger than the window that is read at a time are whole", async () => {
    const records = Array.from({ length: 100 }, () => bytes([0x0a000001, 4], [1, 4]));
    const message = ipfix({ seconds: SECONDS }, set(256, ...records));
    const many = new Uint8Array(2000 * message.length);
    for (let i = 0; i < 2000; i++) many.set(message, i * message.length);
    const large = bytes(ipfix({}, set(2, template(256, FIELDS))));
    const { octets, error } = await store([file("large.ipfix.gz", gzipSync(Buffer.concat([large, many])))]);
    expect([octets.length, error]).toEqual([200_000, undefined]);
  });

  it("that are damaged are stored up to there, and the next ones too", async () => {
    const damaged = [
      file("cut.ipfix", bytes(IPFIX, IPFIX.subarray(0, 7))),
      file("garbage.ipfix", bytes(IPFIX, [0xdeadbeef, 4], [0, 32])),
      file("cut.gz", gzipSync(IPFIX).subarray(0, 40)),
      join(folder, "absent"),
    ];
    const { octets, notes, error } = await store([...damaged, file("good.ipfix", IPFIX)]);
    expect(octets).toEqual([100, 100, 100]);
    expect(error).toMatchObject({ exit: 65, message: expect.stringContaining(`no flow datagram at offset`) });
    expect(notes.join("\n")).toContain("cut.gz: the gzip data is damaged: unexpected end of file");
    expect(notes.join("\n")).toContain("absent: ");
  });

  it("wait while the spool is too full, and end when asked to", async () => {
    let asked = 0;
    const { octets } = await store([file("a.ipfix", IPFIX)], () => (asked++ < 20 ? 0.9 : 0));
    expect(octets).toEqual([100]);
    expect(asked).toBeGreaterThan(20);
    let turns = 0;
    const stopped = await store(
      [file("a.ipfix", IPFIX), file("b.ipfix", OTHER)],
      () => 0.9,
      () => turns++ > 5,
    );
    expect(stopped).toMatchObject({ octets: [], error: undefined });
  });
});
