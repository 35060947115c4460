// Flows as ClickHouse 18.16 can hold them: the columns of a router's NetFlow, times as milliseconds, addresses as
// bytes.
import { writeFileSync } from "node:fs";
import { engineOf, localTable, onCluster, createDistributed } from "../../packages/store/src/clickhouse/cluster.ts";

const TYPES = {
  TimeReceived: "UInt64",
  TimeStart: "UInt64",
  TimeEnd: "UInt64",
  ExporterAddr: "FixedString(16)",
  SrcAddr: "FixedString(16)",
  DstAddr: "FixedString(16)",
  IpVersion: "UInt8",
  Proto: "UInt8",
  Tos: "UInt8",
  SrcPort: "UInt16",
  DstPort: "UInt16",
  TcpFlags: "UInt8",
  InIf: "UInt32",
  OutIf: "UInt32",
  SamplingRate: "UInt32",
  Packets: "UInt64",
  Bytes: "UInt64",
};
const BYTES = { UInt8: 1, UInt16: 2, UInt32: 4, UInt64: 8, "FixedString(16)": 16 };
const structure = Object.entries(TYPES)
  .map(([name, type]) => `${name} ${type}`)
  .join(", ");
const DAY = "toDate(intDiv(TimeReceived, 1000))";

/** The table of the flows, as the writer of blocks is given it. */
export const OLD_FLOWS = {
  table: "flows",
  format: "Native",
  structure,
  values: new Map(Object.keys(TYPES).map((name) => [name, name])),
  blockColumn: "Block",
  day: { stored: DAY, file: DAY },
  receivedIn: ({ minMs, maxMs }) => `TimeReceived BETWEEN ${minMs} AND ${maxMs}`,
  key: "cityHash64(SrcAddr, DstAddr, SrcPort, DstPort, Proto)",
};

export async function createOldFlows(client) {
  const { facts } = client;
  const local = localTable(facts, OLD_FLOWS.table);
  await client.run(
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(facts)} (${structure}, Block UInt64)` +
      ` ENGINE = ${engineOf(facts, "MergeTree", local)} PARTITION BY ${DAY} ORDER BY TimeReceived`,
  );
  if (facts.cluster !== undefined) await client.run(createDistributed(facts, OLD_FLOWS.table, OLD_FLOWS.key));
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

const text = (word) => Buffer.concat([varint(word.length), Buffer.from(word)]);

/** Writes the rows of a batch as one Native block. */
export function writeOldBlock(file, { columns, rows }) {
  const pieces = [varint(Object.keys(TYPES).length), varint(rows)];
  for (const [name, type] of Object.entries(TYPES)) {
    const { buffer, byteOffset } = columns[name];
    const bytes = rows * BYTES[type];
    if (columns[name].byteLength < bytes) throw new Error(`column ${name} is not ${type}`);
    pieces.push(text(name), text(type), Buffer.from(buffer, byteOffset, bytes));
  }
  writeFileSync(file, Buffer.concat(pieces));
}
