import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { RecordingSink } from "@ngflow/wire/testing";

/** Datagrams of FreeBSD's exporter, kept beside the checkout. */
const GOLDEN = fileURLToPath(new URL("../../../../shared/golden/freebsd/", import.meta.url));
const present = existsSync(GOLDEN);

interface Export {
  readonly hex: string;
}

function datagrams(file: string): Uint8Array[] {
  if (!existsSync(file)) return [];
  const list = JSON.parse(readFileSync(file, "utf8")) as Export[] | { digest: true };
  return Array.isArray(list) ? list.map(({ hex }) => fromHex(hex)) : [];
}

describe.skipIf(!present)(
  `datagrams of FreeBSD's exporter${present ? "" : " (skipped: no ../shared/golden/freebsd)"}`,
  () => {
    const cases = present
      ? readdirSync(GOLDEN, { withFileTypes: true }).filter(
          (entry) => entry.isDirectory() && existsSync(`${GOLDEN}${entry.name}/case.json`),
        )
      : [];

    it("are there", () => expect(cases.length).toBeGreaterThan(20));

    it.each(cases.map((entry) => entry.name))("%s", (name) => {
      for (const version of [5, 9] as const) {
        const sink = new RecordingSink();
        for (const datagram of datagrams(`${GOLDEN}${name}/export${version}.json`)) {
          const before = sink.readings.length + sink.templates.length;
          sink.decode(datagram);
          expect(sink.errors).toEqual([]);
          // In the first ten minutes of its uptime the kernel sends data without templates.
          if (sink.known.size === 0 && version === 9) {
            expect(name).toMatch(/^uptime-early/);
            expect(sink.unknown.length).toBeGreaterThan(0);
            sink.unknown.length = 0;
            continue;
          }
          expect(sink.unknown).toEqual([]);
          // FreeBSD's v9 counts the two template records with the data records, as RFC 3954 asks.
          expect(sink.readings.length + sink.templates.length - before).toBe(sink.headers.at(-1)!.count);
          expect(sink.headers.at(-1)!.version).toBe(version);
        }
      }
    });
  },
);
