import { expect, test } from "vitest";
import { knownNames, namedThings } from "./known-names.ts";
import { formatTable } from "./table.ts";

const names = knownNames({
  hosts: { "192.0.2.1": "anna-laptop", "192.0.2.9": "core\u001b[31m" },
  interfaces: { "192.0.2.9/3": "Gi0/1" },
});

test.each([
  ["SrcAddr", { SrcAddr: "192.0.2.1" }, "anna-laptop"],
  ["ServerAddr", { ServerAddr: "192.0.2.1" }, "anna-laptop"],
  ["SrcAddr/24", { "SrcAddr/24": "192.0.2.1" }, undefined],
  ["SrcAddr", { SrcAddr: null }, undefined],
  ["DstPort", { Proto: "tcp", DstPort: 443 }, "https"],
  ["ServicePort", { ServicePort: 53 }, "dns"],
  ["DstPort", { Proto: "icmp", DstPort: 2048 }, "echo request"],
  ["DstPort", { Proto: "icmp", DstPort: 0 }, undefined],
  ["SrcPort", { Proto: "icmp", SrcPort: 443 }, undefined],
  ["IcmpType", { Proto: "ipv6-icmp", IcmpType: 135 }, "neighbor solicitation"],
  ["IcmpType", { IcmpType: 8 }, undefined],
  ["OutIf", { ExporterAddr: "192.0.2.9", OutIf: 3 }, "Gi0/1"],
  ["OutIf", { OutIf: 3 }, undefined],
  ["bytes", { bytes: 443 }, undefined],
])("%s of %j is called %s", (column, row, name) => {
  expect(names(column, row)).toBe(name);
});

test("a server is asked for whole addresses, and for interfaces whose exporter is known", () => {
  const rows = [
    { SrcAddr: "192.0.2.1", "DstAddr/24": "10.0.0.0", InIf: 3, ExporterAddr: "192.0.2.9" },
    { SrcAddr: null, "DstAddr/24": null, InIf: null, ExporterAddr: null },
  ];
  expect(namedThings(["SrcAddr", "DstAddr/24", "InIf", "ExporterAddr"], rows)).toEqual({
    hosts: ["192.0.2.1", "192.0.2.9"],
    interfaces: ["192.0.2.9/3"],
  });
  expect(namedThings(["InIf"], rows).interfaces).toEqual([]);
});

test("names begin in one column, numbers stay aligned, and no name can move the cursor", () => {
  const rows = [
    { ServicePort: 443, ExporterAddr: "192.0.2.9", bytes: 5 },
    { ServicePort: 50_000, ExporterAddr: "192.0.2.10", bytes: 50 },
  ];
  const text = formatTable(["ServicePort", "ExporterAddr", "bytes"], rows, { human: false, nameOf: names });
  const lines = text.split("\n").map((line) => line.trimEnd());
  expect(lines[1]).toMatch(/^ *443 https {2}192\.0\.2\.9 +core\S* +5$/);
  expect(lines[2]).toMatch(/^ *50000 {8}192\.0\.2\.10 +50$/);
  expect(text).not.toContain("\u001b");
});
