import { recordBytes } from "@ngflow/wire/encode";
import { extraFieldsOf, GROUP_AS, GROUP_ROUTE } from "./field-groups.ts";

/** Bytes after the exported ones: output interface of the route, which has a place of its own in the record. */
export const HIDDEN_BYTES = 2;

/**
 * Optional fields of the records of one table: a row of bytes for each, as they go into a datagram. Only there when a
 * group is chosen, and memory that no flow needed is not touched.
 */
export class ExtraColumn {
  readonly exportedBytes: number;
  readonly rowBytes: number;
  readonly rows: Uint8Array;
  /** Bytes of next hop and masks at the end of a row's exported fields; 0 when they are not there. */
  readonly routeBytes: number;
  /** Bytes of the AS numbers before those; 0 when they are not there. */
  readonly asBytes: number;
  readonly #groups: number;
  readonly #family: 4 | 6;

  constructor(groups: number, family: 4 | 6, maxRecords: number) {
    this.#groups = groups;
    this.#family = family;
    this.exportedBytes = recordBytes({ id: 0, fields: extraFieldsOf(groups, family) });
    this.routeBytes = recordBytes({ id: 0, fields: extraFieldsOf(groups & GROUP_ROUTE, family) });
    this.asBytes = recordBytes({ id: 0, fields: extraFieldsOf(groups & GROUP_AS, family) });
    this.rowBytes = this.exportedBytes + HIDDEN_BYTES;
    this.rows = new Uint8Array(this.rowBytes * (maxRecords + 1));
  }

  /** Offset of record `id`'s next hop, followed by the prefix lengths of destination and source. */
  routeAt(id: number): number {
    return id * this.rowBytes + this.exportedBytes - this.routeBytes;
  }

  /** Offset of record `id`'s source AS, followed by the destination AS, 4 bytes each. */
  asAt(id: number): number {
    return this.routeAt(id) - this.asBytes;
  }

  /** Output interface by the route to the flow's destination, 0 where there is none. */
  outputIf(id: number): number {
    const at = id * this.rowBytes + this.exportedBytes;
    return (this.rows[at]! << 8) | this.rows[at + 1]!;
  }

  /**
   * A column of two records: the first has the fields of record `id` here, the second none. `reuse` is filled if it
   * fits.
   */
  single(reuse: ExtraColumn | null, id: number): ExtraColumn {
    const column = reuse?.rowBytes === this.rowBytes ? reuse : new ExtraColumn(this.#groups, this.#family, 2);
    const at = id * this.rowBytes;
    for (let i = 0; i < this.rowBytes; i++) column.rows[column.rowBytes + i] = this.rows[at + i]!;
    return column;
  }
}
