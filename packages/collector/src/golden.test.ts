import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { RecordingSink } from "@ngflow/wire/testing";

/** Datagrams of FreeBSD's exporter, and those of captured traffic, which are not part of the repository. */
const GOLDEN = fileURLToPath(new URL("../../../tests/golden/freebsd/", import.meta.url));
const OUTSIDE = `${process.env["NGFLOW_SHARED"]}/golden/freebsd/`;

interface Export {
  readonly hex: string;
}

function datagrams(file: string): Uint8Array[] {
  if (!existsSync(file)) return [];
  const list = JSON.parse(readFileSync(file, "utf8")) as Export[] | { digest: true };
  return Array.isArray(list) ? list.map(({ hex }) => fromHex(hex)) : [];
}

/** Decodes the datagrams of a case and checks what the decoder says of them. */
function expectDecoded(name: string, folder: string): void {
  for (const version of [5, 9] as const) {
    const sink = new RecordingSink();
    for (const datagram of datagrams(`${folder}/export${version}.json`)) {
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
      expect(sink.headers.at(-1)!.protocol.version).toBe(version);
    }
  }
}

describe("datagrams of FreeBSD's exporter", () => {
  const cases = readdirSync(GOLDEN).filter((name) => existsSync(`${GOLDEN}${name}/case.json`));

  it("are there", () => expect(cases.length).toBeGreaterThan(50));

  it.each(cases)("%s", (name) => expectDecoded(name, `${GOLDEN}${name}`));

  for (const name of JSON.parse(readFileSync(`${GOLDEN}outside.json`, "utf8")) as string[]) {
    const folder = `${OUTSIDE}${name}`;
    if (existsSync(folder)) it(name, () => expectDecoded(name, folder));
    else it.skip(`${name} (skipped: ${folder} is absent)`);
  }
});
