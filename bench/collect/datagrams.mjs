// NetFlow v9 datagrams of several exporters for the benchmark: 30 records each, every record with an id of its own as
// its source address.
export const RECORDS = 30;
/** Information elements and lengths: what routers send, 46 bytes. The id is first. */
const FIELDS = [
  ...[
    [8, 4],
    [12, 4],
    [15, 4],
    [10, 2],
    [14, 2],
    [2, 4],
    [1, 4],
    [22, 4],
    [21, 4],
    [7, 2],
    [11, 2],
  ],
  ...[
    [6, 1],
    [4, 1],
    [5, 1],
    [16, 2],
    [17, 2],
    [9, 1],
    [13, 1],
    [61, 1],
  ],
];
const RECORD_BYTES = FIELDS.reduce((sum, [, length]) => sum + length, 0);
const TEMPLATE = 256;
const HEADER_BYTES = 20;
const SEQUENCE_AT = 12;
const FIRST_RECORD_AT = HEADER_BYTES + 4;
export const DATAGRAM_BYTES = FIRST_RECORD_AT + RECORDS * RECORD_BYTES;

function writeHeader(view, count, domain, sequence) {
  view.setUint16(0, 9);
  view.setUint16(2, count);
  view.setUint32(4, 3_600_000);
  view.setUint32(8, Math.floor(Date.now() / 1000));
  view.setUint32(SEQUENCE_AT, sequence);
  view.setUint32(16, domain);
}

/** The datagram with an exporter's template. */
export function templateDatagram(domain, sequence) {
  const bytes = new Uint8Array(HEADER_BYTES + 8 + 4 * FIELDS.length);
  const view = new DataView(bytes.buffer);
  writeHeader(view, 1, domain, sequence);
  view.setUint16(22, bytes.length - HEADER_BYTES);
  view.setUint16(24, TEMPLATE);
  view.setUint16(26, FIELDS.length);
  FIELDS.forEach(([type, length], i) => {
    view.setUint16(28 + 4 * i, type);
    view.setUint16(30 + 4 * i, length);
  });
  return bytes;
}

/** Fills a datagram of data; `renew` gives it its ids. */
export function fillDatagram(bytes, domain, seed) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeHeader(view, RECORDS, domain, 0);
  view.setUint16(20, TEMPLATE);
  view.setUint16(22, DATAGRAM_BYTES - HEADER_BYTES);
  for (let r = 0; r < RECORDS; r++) {
    let at = FIRST_RECORD_AT + r * RECORD_BYTES;
    const n = seed * RECORDS + r;
    const values = {
      12: 0x0a00_0000 + (Math.imul(n, 2_654_435_761) >>> 16),
      15: 0x0a00_0001,
      10: 1 + (n & 3),
      14: 2 + (n & 3),
      2: 1 + (n & 15),
      1: 64 + (Math.imul(n, 7919) & 0xffff),
      22: 3_590_000 + (n & 1023),
      21: 3_595_000 + (n & 1023),
      7: 1024 + (n & 0x7fff),
      11: [443, 80, 53, 22][n & 3],
      6: n & 0x1f,
      4: (n & 3) === 2 ? 17 : 6,
      16: 64_500,
      17: 64_501,
      9: 24,
      13: 16,
      61: n & 1,
    };
    for (const [type, length] of FIELDS) {
      const value = values[type] ?? 0;
      if (length === 4) view.setUint32(at, value);
      else if (length === 2) view.setUint16(at, value);
      else view.setUint8(at, value);
      at += length;
    }
  }
}

/** Gives a datagram of data its sequence number, and its records the ids from `firstId` on. */
export function renew(view, offset, sequence, firstId) {
  view.setUint32(offset + SEQUENCE_AT, sequence);
  for (let r = 0; r < RECORDS; r++) view.setUint32(offset + FIRST_RECORD_AT + r * RECORD_BYTES, firstId + r);
}
