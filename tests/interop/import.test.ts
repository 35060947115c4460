import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must, NGFLOW, ROOT } from "../support/command.ts";
import { absentTools } from "../support/needs.ts";

const isHere = absentTools("nfpcapd", "nfdump") === undefined;
const RANGE = ["--from", "2026-01-05", "--to", "2026-01-06", "--format", "json"];

describe.skipIf(!isHere)("an archive of nfcapd files", () => {
  let folder = "";
  let files = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-nfdump-import-"));
    files = join(folder, "nfcapd");
    mkdirSync(files);
    must(["nfpcapd", "-r", join(ROOT, "examples/office.pcap"), "-w", files, "-t", "3600"]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(["json", "csv"])("through nfdump -o %s has nfdump's totals, once", (format) => {
    const data = join(folder, format);
    const script = `TZ=UTC nfdump -R ${files} -o ${format} | TZ=UTC ${NGFLOW.join(" ")} import - --name office --data ${data} --json`;
    const [first] = JSON.parse(must(["bash", "-euc", script])) as { outcome: string; flows: number; skipped: object }[];
    const [again] = JSON.parse(must(["bash", "-euc", script])) as { outcome: string; flows: number }[];
    expect(first).toMatchObject({ outcome: "imported", skipped: {} });
    expect(again).toMatchObject({ outcome: "already imported", flows: 0 });
    const theirs = new Map<string, number[]>();
    const printed = must(["nfdump", "-R", files, "-q", "-N", "-o", "fmt:%sa,%pkt,%byt"]);
    for (const line of printed.trim().split("\n")) {
      const [address = "", ...counters] = line.split(",").map((cell) => cell.trim());
      const sums = theirs.get(address) ?? [0, 0, 0];
      theirs.set(
        address,
        [1, ...counters.map(Number)].map((count, i) => count + sums[i]!),
      );
    }
    expect(first!.flows).toBe([...theirs.values()].reduce((sum, [flows = 0]) => sum + flows, 0));
    for (const [i, metric] of ["flows", "packets", "bytes"].entries()) {
      const query = [...NGFLOW, "query", "--data", data, "--by", "SrcAddr", "--metric", metric, "--top", "1000"];
      const { rows } = JSON.parse(must([...query, ...RANGE])) as { rows: Record<string, string | number>[] };
      const ours = Object.fromEntries(rows.map((row) => [row["SrcAddr"], row[metric]]));
      expect(ours).toEqual(Object.fromEntries([...theirs].map(([address, sums]) => [address, sums[i]])));
    }
  });
});
