import type { AddressFacts } from "./address-facts.ts";

/** Columns of one end of the flows of a batch. */
export interface EndColumns {
  /** The addresses, four words each. */
  readonly addresses: Uint32Array;
  readonly networks: Uint32Array;
  readonly places: Uint32Array;
  readonly ases: Uint32Array;
}

/** Writes what is known of the addresses of rows; the AS only where the exporter sent none. */
export function enrichRows(facts: AddressFacts, rows: number, end: EndColumns): void {
  const { addresses, networks, places, ases } = end;
  for (let row = 0; row < rows; row++) {
    facts.find(addresses, 4 * row);
    networks[row] = facts.network;
    places[row] = facts.place;
    if (ases[row] === 0) ases[row] = facts.as;
  }
}
