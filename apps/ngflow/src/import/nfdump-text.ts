import { decompressed, linesOf } from "./content.ts";
import type { NfdumpRecord } from "./nfdump-row.ts";

/** What a text has: records, and what is not one. */
export type NfdumpItem = { readonly record: NfdumpRecord } | { readonly fault: string };

/** A longer record is not nfdump's, in characters. */
const RECORD_MAX = 65_536;
/** What nfdump prints instead of records, between them, and after them. */
const NOT_A_RECORD = /^[[\],\s]*$|^No matching flows|^Time window:|^Total flows processed|^Sys: /;
/** The first line of `-o csv`. */
const CSV_HEAD = /^ts,te,td,sa,da,/;

/** Columns of `-o csv`, as `-o json` names them. */
const CSV: Readonly<Record<string, string>> = {
  sp: "src_port",
  flg: "tcp_flags",
  fwd: "fwd_status",
  stos: "src_tos",
  ipkt: "in_packets",
  ibyt: "in_bytes",
  opkt: "out_packets",
  obyt: "out_bytes",
  in: "input_snmp",
  out: "output_snmp",
  sas: "src_as",
  das: "dst_as",
  smk: "src_mask",
  dmk: "dst_mask",
  dir: "direction",
  svln: "src_vlan",
  dvln: "dst_vlan",
  ismc: "in_src_mac",
  idmc: "in_dst_mac",
  mpls1: "mpls_1",
  tr: "received",
};

/**
 * The records of a file of `nfdump -o json` or `-o csv`, in order. CSV has whole seconds; the end is the start and the
 * duration, which has milliseconds.
 *
 * @param protocolOf the number of a protocol that CSV names
 */
export async function* nfdumpRecords(
  file: string,
  protocolOf: (name: string) => number | undefined,
): AsyncGenerator<NfdumpItem> {
  let columns: readonly string[] | undefined;
  let text = "";
  for await (const line of linesOf(decompressed(file))) {
    if (CSV_HEAD.test(line)) columns = line.split(",").map((name) => name.trim());
    else if (columns !== undefined) {
      if (line === "Summary") return;
      if (NOT_A_RECORD.test(line)) continue;
      const cells = line.split(",").map((cell) => cell.trim());
      if (cells.length !== columns.length) yield { fault: "not a record" };
      else yield { record: fromCsv(columns, cells, protocolOf) };
    } else {
      if (text === "" && NOT_A_RECORD.test(line)) continue;
      text += line;
      if (!/\}\s*[\],]*\s*$/.test(line) && text.length <= RECORD_MAX) continue;
      yield fromJson(text);
      text = "";
    }
  }
  if (text !== "") yield { fault: "cut short" };
}

function fromJson(text: string): NfdumpItem {
  try {
    // The text of a record ends with the comma to the next one, or the bracket of the list.
    const record = JSON.parse(text.replace(/^[[,\s]+/, "").replace(/[\],\s]+$/, "")) as NfdumpRecord | null;
    if (record !== null && typeof record === "object") return { record };
  } catch {
    // Said below.
  }
  return { fault: "not a record" };
}

function fromCsv(
  columns: readonly string[],
  cells: readonly string[],
  protocolOf: (name: string) => number | undefined,
): NfdumpRecord {
  const record: Record<string, string | number | undefined> = {};
  const cell = (name: string): string => cells[columns.indexOf(name)] ?? "";
  for (const [i, name] of columns.entries()) {
    const named = CSV[name];
    if (named !== undefined) record[named] = cells[i]!;
  }
  const family = cell("sa").includes(":") ? 6 : 4;
  record[`src${family}_addr`] = cell("sa");
  record[`dst${family}_addr`] = cell("da");
  record[`ip${cell("nh").includes(":") ? 6 : 4}_next_hop`] = cell("nh");
  record[`bgp${cell("nhb").includes(":") ? 6 : 4}_next_hop`] = cell("nhb");
  record[`ip${cell("ra").includes(":") ? 6 : 4}_router`] = cell("ra");
  // A name that is not known is no number: the record is refused.
  record["proto"] = protocolOf(cell("pr")) ?? cell("pr");
  // Of ICMP, `dp` is type.code.
  const [type = "", code] = cell("dp").split(".");
  if (code === undefined) record["dst_port"] = type;
  else Object.assign(record, { icmp_type: type, icmp_code: code });
  record["first"] = cell("ts");
  record["last"] = endOf(cell("ts"), cell("td")) ?? cell("te");
  return record;
}

function endOf(start: string, seconds: string): string | undefined {
  const ms = Date.parse(start.replace(" ", "T")) + Math.round(Number(seconds) * 1000);
  return Number.isFinite(ms) && ms > 0 ? new Date(ms).toISOString() : undefined;
}
