import { u16be } from "@ngflow/base";

/** Information elements (IANA; the same numbers in NetFlow v9) that say what flow a record is of and how large. */
const OCTETS = 1;
const PROTOCOL = 4;
const SOURCE_PORT = 7;
const SOURCE_IPV4 = 8;
const DESTINATION_PORT = 11;
const DESTINATION_IPV4 = 12;
const SOURCE_IPV6 = 27;
const DESTINATION_IPV6 = 28;
const ENTERPRISE_BIT = 0x8000;
/** RFC 5103: with this enterprise number an element counts the other direction. */
const REVERSE = 29305;
/** RFC 7011, section 7: the length of a field whose values have lengths of their own. */
const VARIABLE = 0xffff;

/** Where the fields of a record are, in bytes from its begin; -1 for one that is absent. */
export interface FlowPlaces {
  recordBytes: number;
  octetsAt: number;
  octetsBytes: number;
  /** Octets of the other direction, in biflow records. */
  reverseAt: number;
  protocolAt: number;
  sourceAt: number;
  destinationAt: number;
  addressBytes: 4 | 16;
  sourcePortAt: number;
  destinationPortAt: number;
}

/** The fixed records of NetFlow v5. */
export const V5_PLACES: FlowPlaces = {
  recordBytes: 48,
  octetsAt: 20,
  octetsBytes: 4,
  reverseAt: -1,
  protocolAt: 38,
  sourceAt: 0,
  destinationAt: 4,
  addressBytes: 4,
  sourcePortAt: 32,
  destinationPortAt: 34,
};

/**
 * Reads the template whose field list is at `at` (RFC 3954 section 5.2, RFC 7011 section 3.2). The datagrams are
 * ngflow's own, so lengths are right.
 * @param end offset after the set
 * @returns the places, undefined for a template that is not of flows; and the offset after the list
 */
export function readTemplate(
  datagram: Uint8Array,
  at: number,
  fields: number,
  end: number,
): { places: FlowPlaces | undefined; next: number } {
  const places = { ...V5_PLACES, octetsAt: -1, protocolAt: -1, sourceAt: -1, destinationAt: -1 };
  places.sourcePortAt = -1;
  places.destinationPortAt = -1;
  let offset = 0;
  let isFixed = true;
  for (let i = 0; i < fields && end - at >= 4; i++) {
    const element = u16be(datagram, at);
    const length = u16be(datagram, at + 2);
    at += 4;
    if (length === VARIABLE) isFixed = false;
    if ((element & ENTERPRISE_BIT) !== 0) {
      const isReverse = u16be(datagram, at) === 0 && u16be(datagram, at + 2) === REVERSE;
      if (isReverse && (element & ~ENTERPRISE_BIT) === OCTETS) places.reverseAt = offset;
      at += 4;
    } else place(places, element, offset, length);
    offset += length;
  }
  places.recordBytes = offset;
  const isFlow = isFixed && places.octetsAt >= 0 && places.sourceAt >= 0 && places.destinationAt >= 0;
  return { places: isFlow ? places : undefined, next: at };
}

function place(places: FlowPlaces, element: number, offset: number, length: number): void {
  switch (element) {
    case OCTETS:
      places.octetsAt = offset;
      places.octetsBytes = length;
      break;
    case PROTOCOL:
      places.protocolAt = offset;
      break;
    case SOURCE_IPV4:
    case SOURCE_IPV6:
      places.sourceAt = offset;
      places.addressBytes = length === 16 ? 16 : 4;
      break;
    case DESTINATION_IPV4:
    case DESTINATION_IPV6:
      places.destinationAt = offset;
      break;
    case SOURCE_PORT:
      places.sourcePortAt = offset;
      break;
    case DESTINATION_PORT:
      places.destinationPortAt = offset;
      break;
    default:
  }
}
