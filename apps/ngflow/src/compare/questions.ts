/** A question that both can answer: flows, packets and bytes by a value. */
export interface Question {
  /** Its name in `nfdump -s`. */
  readonly nfdump: string;
  /** Our dimension. */
  readonly by: string;
  /** The flows that it is about; all if absent. */
  readonly only?: string;
}

/** Type and code of ICMP are a port in ngflow; in nfdump only if their exporter sent them as one. */
const NOT_ICMP = "not (proto icmp or proto icmp6)";

/** What both are asked, in this order; the sums of the first two are the totals. */
export const QUESTIONS = [
  { nfdump: "proto", by: "Proto" },
  { nfdump: "router", by: "ExporterAddr" },
  { nfdump: "srcip", by: "SrcAddr" },
  { nfdump: "dstip", by: "DstAddr" },
  { nfdump: "srcport", by: "SrcPort", only: NOT_ICMP },
  { nfdump: "dstport", by: "DstPort", only: NOT_ICMP },
  { nfdump: "tos", by: "Tos" },
  { nfdump: "inif", by: "InIf" },
  { nfdump: "outif", by: "OutIf" },
  { nfdump: "srcas", by: "SrcAS" },
  { nfdump: "dstas", by: "DstAS" },
  { nfdump: "srcvlan", by: "Vlan" },
] as const satisfies readonly Question[];

/** What is counted, in the order of the columns. */
export const COUNTED = ["flows", "packets", "bytes"] as const;
export type Counted = (typeof COUNTED)[number];

/** Flows, packets and bytes. */
export type Counts = Readonly<Record<Counted, number>>;
