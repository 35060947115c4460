// Feeds the datagrams of a case to the decoder of `ngflow decode`, and to a collector.
import { parseIp } from "@ngflow/base";
import { createCollector } from "@ngflow/collector";
import { COLUMNS } from "@ngflow/flows";
import { decodeMessage, newMessageHeader, PROTOCOLS } from "@ngflow/wire";

/** The source port of all datagrams. */
const PORT = 2055;
/** When all datagrams arrive, Unix milliseconds: what a header says of its export is taken as it is. */
const ARRIVAL_MS = Date.UTC(2025, 0, 1);

/** Where each kind of line belongs in what a case expects. */
const LISTS = { flow: "flows", option: "options", counter: "counters", discard: "drops", template: "templates" };

/** The header of a datagram; undefined when it has none. */
function headerOf(bytes) {
  let found;
  const sink = {
    malformed: () => {},
    header: (header) => {
      found = { ...header };
      return false;
    },
  };
  decodeMessage(bytes, 0, bytes.length, newMessageHeader(PROTOCOLS[0]), sink, PROTOCOLS);
  return found;
}

/**
 * Decodes the datagrams as `ngflow decode` does. Returns `flows`, `options`, `counters`, `drops` and `templates`: lines
 * with `header` (of their datagram) and, except for templates, `record` (their number among all records of the case);
 * and `errors`, the lines of that kind.
 * @param DatagramPrinter the class of apps/ngflow
 */
export function decodeLines(DatagramPrinter, datagrams) {
  const decoded = { flows: [], options: [], counters: [], drops: [], templates: [], errors: [] };
  const headers = [];
  let records = 0;
  const printer = new DatagramPrinter((text) => {
    const line = JSON.parse(text);
    if (line.kind === "error") {
      decoded.errors.push(line);
      return;
    }
    // A record that waited for its template has the sequence number of the datagram it came in.
    const header = headers.findLast((each) => each.sequence === line.sequence && each.domain === line.domain);
    decoded[LISTS[line.kind]].push({ ...line, header, ...(line.kind !== "template" && { record: records++ }) });
  });
  for (const { bytes, exporter } of datagrams) {
    const header = headerOf(bytes);
    if (header !== undefined) headers.push(header);
    printer.decode(bytes, exporter, PORT, 0);
    while (printer.isReady) printer.step();
  }
  printer.end();
  return decoded;
}

/** The rows that a collector makes of the datagrams, plain objects by column; addresses are 16 bytes. */
export async function collectRows(datagrams) {
  const rows = [];
  const write = (batch) => {
    for (let i = 0; i < batch.rows; i++) {
      rows.push(Object.fromEntries(COLUMNS.map(({ name, kind }) => [name, cellOf(batch.columns[name], kind, i)])));
    }
    return batch.rows;
  };
  const failures = [];
  const log = { info: () => {}, warn: () => {}, error: ({ err }) => failures.push(err) };
  // Every clock is believed; what waits for a template is kept until the case ends.
  const collector = createCollector(
    { listen: [], clockLimitMs: 0 },
    { sink: { write }, clock: { nowMs: () => ARRIVAL_MS, monotonicMs: () => 0 }, log },
  );
  for (const { bytes, exporter } of datagrams) collector.receive(bytes, exporter, PORT);
  await collector.drain();
  if (failures.length > 0) throw failures[0];
  return rows;
}

function cellOf(column, kind, i) {
  if (kind === "ip") return Buffer.from(column.slice(16 * i, 16 * i + 16)).toString("hex");
  if (kind === "u64" || kind === "ms" || kind === "mac") return column[2 * i + 1] * 2 ** 32 + column[2 * i];
  return column[i];
}

/**
 * Gives every flow the row that the collector made of it, as `row`. Rows are in the order of the flows; a flow without
 * addresses has none, and one with values of both directions has two, of which the first is meant.
 */
export function matchRows(flows, rows) {
  let next = 0;
  for (const flow of flows) {
    const at = rows.findIndex((row, i) => i >= next && isRowOf(row, flow.fields));
    if (at < 0) continue;
    flow.row = rows[at];
    next = at + 1;
  }
}

const address = (text) => Buffer.from(parseIp(text)).toString("hex");
/** Columns that identify the row of a flow, and the elements they are from. */
const KEYS = [
  ["SrcAddr", ["sourceIPv4Address", "sourceIPv6Address"], address],
  ["DstAddr", ["destinationIPv4Address", "destinationIPv6Address"], address],
  ["SrcPort", ["sourceTransportPort"], Number],
  ["DstPort", ["destinationTransportPort"], Number],
];

function isRowOf(row, fields) {
  return KEYS.every(([column, elements, value]) =>
    elements.every(
      (name) => typeof fields[name] === "object" || fields[name] === undefined || value(fields[name]) === row[column],
    ),
  );
}
