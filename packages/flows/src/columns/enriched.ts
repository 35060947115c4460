import type { FlowColumn } from "../column.ts";

/**
 * What the collector found about the ends of a flow when it was received: numbers of texts that a file of ids has
 * (`NAMED` shows the texts). 0 where nothing is known of the address. Rows of the column table.
 */
export const ENRICHED_COLUMNS = [
  {
    name: "SrcNetId",
    kind: "u32",
    role: "attribute",
    label: "Number of the source network",
    elements: [],
    reverse: "swap",
    opposite: "DstNetId",
  },
  {
    name: "DstNetId",
    kind: "u32",
    role: "attribute",
    label: "Number of the destination network",
    elements: [],
    reverse: "swap",
    opposite: "SrcNetId",
  },
  {
    name: "SrcPlaceId",
    kind: "u32",
    role: "attribute",
    label: "Number of the source place",
    elements: [],
    reverse: "swap",
    opposite: "DstPlaceId",
  },
  {
    name: "DstPlaceId",
    kind: "u32",
    role: "attribute",
    label: "Number of the destination place",
    elements: [],
    reverse: "swap",
    opposite: "SrcPlaceId",
  },
] as const satisfies readonly FlowColumn[];
