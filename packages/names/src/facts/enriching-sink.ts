import { COLUMNS, type ColumnName, type FlowBatch, type FlowSink } from "@ngflow/flows";
import type { AddressFacts } from "./address-facts.ts";
import { type EndColumns, enrichRows } from "./enrich-rows.ts";

const WRITTEN: readonly ColumnName[] = ["SrcNetId", "DstNetId", "SrcPlaceId", "DstPlaceId", "SrcAS", "DstAS"];
const POSITIONS = Uint8Array.from(WRITTEN, (name) => COLUMNS.findIndex((column) => column.name === name));

/** Passes batches on with what is known of their addresses. It never refuses a row and never waits. */
export class EnrichingSink implements FlowSink {
  readonly #sink: FlowSink;
  readonly #facts: AddressFacts;
  readonly #ends = new WeakMap<FlowBatch, readonly EndColumns[]>();

  constructor(sink: FlowSink, facts: AddressFacts) {
    this.#sink = sink;
    this.#facts = facts;
  }

  get fill(): number {
    return this.#sink.fill ?? 0;
  }

  write(batch: FlowBatch): number {
    if (!this.#facts.isEmpty) {
      let ends = this.#ends.get(batch);
      if (ends === undefined) this.#ends.set(batch, (ends = endsOf(batch)));
      batch.willWrite(POSITIONS);
      for (const end of ends) enrichRows(this.#facts, batch.rows, end);
    }
    return this.#sink.write(batch);
  }
}

function endsOf({ columns }: FlowBatch): readonly EndColumns[] {
  const words = ({ buffer }: Uint8Array): Uint32Array => new Uint32Array(buffer);
  return [
    {
      addresses: words(columns.SrcAddr),
      networks: columns.SrcNetId,
      places: columns.SrcPlaceId,
      ases: columns.SrcAS,
    },
    {
      addresses: words(columns.DstAddr),
      networks: columns.DstNetId,
      places: columns.DstPlaceId,
      ases: columns.DstAS,
    },
  ];
}
