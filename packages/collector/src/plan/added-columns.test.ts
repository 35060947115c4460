import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bytes, ipfix, set, template, type TestField } from "@ngflow/wire/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { memoryCollector as MemoryCollector } from "../testing/memory-collector.ts";

/**
 * Rows that the table does not have: two directional pairs, one value that is dropped of reverse records, one that is
 * kept. They are added to a copy of the packages; nothing else in the copy is changed.
 */
const ADDED_ROWS = `
  { name: "InKind", kind: "u32", role: "dimension", label: "Input kind", elements: ["ingressInterfaceType"], reverse: "swap", opposite: "OutKind" },
  { name: "OutKind", kind: "u32", role: "dimension", label: "Output kind", elements: ["egressInterfaceType"], reverse: "swap", opposite: "InKind" },
  { name: "SrcPrefix", kind: "ip", role: "dimension", label: "Source prefix", elements: ["sourceIPv4Prefix"], reverse: "swap", opposite: "DstPrefix" },
  { name: "DstPrefix", kind: "ip", role: "dimension", label: "Destination prefix", elements: ["destinationIPv4Prefix"], reverse: "swap", opposite: "SrcPrefix" },
  { name: "Precedence", kind: "u8", role: "attribute", label: "Precedence", elements: ["ipPrecedence"], reverse: "drop" },
  { name: "FlowNumber", kind: "u64", role: "dimension", label: "Flow number", elements: ["flowId"], reverse: "keep" },
`;
const root = path.join(import.meta.dirname, "../../../..");
const copy = realpathSync(mkdtempSync(path.join(tmpdir(), "ngflow-columns-")));
let memoryCollector: typeof MemoryCollector;

beforeAll(async () => {
  mkdirSync(path.join(copy, "node_modules/@ngflow"), { recursive: true });
  cpSync(path.join(root, "tsconfig.base.json"), path.join(copy, "tsconfig.base.json"));
  copyPackage("collector");
  const table = path.join(copy, "packages/flows/src/columns/device.ts");
  const text = readFileSync(table, "utf8");
  const end = text.indexOf("] as const satisfies");
  expect(end).toBeGreaterThan(0);
  writeFileSync(table, text.slice(0, end) + ADDED_ROWS + text.slice(end));
  ({ memoryCollector } = (await import(path.join(copy, "packages/collector/src/testing/memory-collector.ts"))) as {
    memoryCollector: typeof MemoryCollector;
  });
}, 60_000);

/** Copies a package and the workspace packages that it depends on; other packages are linked. */
function copyPackage(name: string): void {
  const from = path.join(root, "packages", name);
  const filter = (source: string): boolean => !/\/(dist|node_modules)$/.test(source);
  cpSync(from, path.join(copy, "packages", name), { recursive: true, filter });
  symlinkSync(path.join("../../packages", name), path.join(copy, "node_modules/@ngflow", name));
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(from, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies)) {
    const link = path.join(copy, "node_modules", dependency);
    if (existsSync(link)) continue;
    if (dependency.startsWith("@ngflow/")) copyPackage(dependency.slice("@ngflow/".length));
    else symlinkSync(path.join(root, "node_modules", dependency), link);
  }
}

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const REVERSE = 29305;
const FIELDS: TestField[] = [
  [8, 4], // sourceIPv4Address
  [12, 4], // destinationIPv4Address
  [1, 4], // octetDeltaCount
  [1, 4, REVERSE],
  [368, 4], // ingressInterfaceType
  [369, 4], // egressInterfaceType
  [44, 4], // sourceIPv4Prefix
  [45, 4], // destinationIPv4Prefix
  [196, 1], // ipPrecedence
  [148, 8], // flowId
];
const RECORD = bytes(
  [10, 1],
  [0, 1],
  [0, 1],
  [1, 1],
  [10, 1],
  [0, 1],
  [0, 1],
  [2, 1],
  [900, 4],
  [70, 4],
  [11, 4],
  [22, 4],
);
const PREFIXES = bytes([0xc0000201, 4], [0xc6336402, 4], [64, 1], [0, 4], [77, 4]);

it("columns that are added to the table alone come out right in both directions of a biflow", async () => {
  const rows = await memoryCollector().receive(
    ipfix({}, set(2, template(256, FIELDS)), set(256, bytes(RECORD, PREFIXES))),
  );
  expect(rows).toMatchObject([
    {
      SrcAddr: "10.0.0.1",
      DstAddr: "10.0.0.2",
      Bytes: 900,
      InKind: 11,
      OutKind: 22,
      SrcPrefix: "192.0.2.1",
      DstPrefix: "198.51.100.2",
      Precedence: 64,
      FlowNumber: 77,
    },
    {
      SrcAddr: "10.0.0.2",
      DstAddr: "10.0.0.1",
      Bytes: 70,
      InKind: 22,
      OutKind: 11,
      SrcPrefix: "198.51.100.2",
      DstPrefix: "192.0.2.1",
      Precedence: 0,
      FlowNumber: 77,
    },
  ]);
});

it("what the exporter says of the reverse direction is used instead", async () => {
  const fields: TestField[] = [...FIELDS, [368, 4, REVERSE], [196, 1, REVERSE]];
  const rows = await memoryCollector().receive(
    ipfix({}, set(2, template(256, fields)), set(256, bytes(RECORD, PREFIXES, [33, 4], [63, 1]))),
  );
  expect(rows).toMatchObject([
    { InKind: 11, OutKind: 22, Precedence: 64 },
    { InKind: 33, OutKind: 11, Precedence: 63 },
  ]);
});
