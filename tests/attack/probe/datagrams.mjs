// Datagrams of exporters, honest and forged. A kind has three functions of a stream's settings: `source(i)` is the
// address that datagram i comes from (4 bytes as a number), `fill(bytes, view, at, i)` writes it and returns its
// length in bytes, and `records(i)` is how many flow records it has.
const V9_HEADER = 20;
const IPFIX_HEADER = 16;
const UPTIME_MS = 1_000_000_000;
const TEMPLATE = 256;

/** An IPv4 address as a number. */
export function addressNumber(text) {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Writes a number of 1, 2 or 4 bytes at a time, from an offset on. */
class Writer {
  constructor(view, at) {
    this.view = view;
    this.at = at;
  }

  u8(value) {
    this.view.setUint8(this.at, value);
    this.at += 1;
    return this;
  }

  u16(...values) {
    for (const value of values) {
      this.view.setUint16(this.at, value);
      this.at += 2;
    }
    return this;
  }

  u32(...values) {
    for (const value of values) {
      this.view.setUint32(this.at, value);
      this.at += 4;
    }
    return this;
  }

  fill(value, end) {
    while (this.at < end) this.u8(value);
    return this;
  }
}

const seconds = () => Math.floor(Date.now() / 1000);

/** The header of a NetFlow v9 datagram (RFC 3954 §5.1). */
function v9(view, at, { count = 1, sequence = 0, domain = 1 }) {
  return new Writer(view, at).u16(9, count).u32(UPTIME_MS, seconds(), sequence, domain);
}

/** The header of an IPFIX message of a length in bytes (RFC 7011 §3.1). */
function ipfix(view, at, length, { sequence = 0, domain = 1 } = {}) {
  return new Writer(view, at).u16(10, length).u32(seconds(), sequence, domain);
}

/** Information elements and lengths in bytes of an honest record; `packets` is its unique id. */
const HONEST = [
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [1, 4],
  [2, 4],
  [22, 4],
  [21, 4],
];
const HONEST_BYTES = HONEST.reduce((sum, [, length]) => sum + length, 0);
const MIB = 2 ** 20;

/**
 * An exporter of NetFlow v9 whose records have the ids `firstId`, `firstId` + 1 and so on as their packets. Its first
 * datagram, or the one after `templateAfter` datagrams, is the template; it is not sent again.
 */
function honest({ from, perDatagram = 30, firstId = 1, domain = 1, templateAfter = 0, longMs = 5000 }) {
  const address = addressNumber(from);
  const before = (i) => (i > templateAfter ? 1 : 0);
  return {
    source: () => address,
    records: (i) => (i === templateAfter ? 0 : perDatagram),
    fill(bytes, view, at, i) {
      if (i === templateAfter) {
        const out = v9(view, at, { sequence: i, domain }).u16(0, 8 + HONEST.length * 4, TEMPLATE, HONEST.length);
        for (const field of HONEST) out.u16(...field);
        return out.at - at;
      }
      const out = v9(view, at, { count: perDatagram, sequence: i, domain });
      const setBytes = 4 + perDatagram * HONEST_BYTES;
      const padding = (4 - (setBytes % 4)) % 4;
      out.u16(TEMPLATE, setBytes + padding);
      let id = firstId + (i - before(i)) * perDatagram;
      for (let n = 0; n < perDatagram; n++, id++) {
        out.u32(0x0a00_0000 + (id % (16 * MIB)), 0x0b00_0000 + (id % 251)).u16(id % 65_536, 443);
        out.u8(6).u32(1500, id, UPTIME_MS - longMs, UPTIME_MS - 1000);
      }
      return out.fill(0, out.at + padding).at - at;
    },
  };
}

/** NetFlow v5 with one record, 72 bytes (the header and record of version 5). */
function v5(view, at, sequence, id) {
  const out = new Writer(view, at).u16(5, 1).u32(UPTIME_MS, seconds(), 0, sequence).u16(0, 0);
  out
    .u32(0x0a00_0000 + (id % (16 * MIB)), 0x0b00_0001, 0)
    .u16(0, 0)
    .u32(id, 1500, UPTIME_MS - 5000, UPTIME_MS - 1000);
  return out.u16(1000, 443).u8(0).u8(0).u8(6).u8(0).u16(0, 0).u8(0).u8(0).u16(0).at - at;
}

/** Forged NetFlow v5, each datagram from another address of 127/8. */
function forgedSources({ firstSource = "127.16.0.1" }) {
  const first = addressNumber(firstSource);
  return { source: (i) => first + i, records: () => 1, fill: (bytes, view, at, i) => v5(view, at, 0, i + 1) };
}

/** NetFlow v9 with a template of two fields, each datagram of another observation domain. */
function domains({ from }) {
  const address = addressNumber(from);
  return {
    source: () => address,
    records: () => 0,
    fill: (bytes, view, at, i) => v9(view, at, { domain: i + 1 }).u16(0, 16, TEMPLATE, 2, 8, 4, 1, 4).at - at,
  };
}

/** Data of 480 bytes without a template, each datagram from another address of 127/8. */
function heldSets({ firstSource = "127.32.0.1", bytes: length = 480, from }) {
  const first = addressNumber(from ?? firstSource);
  return {
    source: (i) => (from === undefined ? first + i : first),
    records: () => 0,
    fill: (bytes, view, at, i) =>
      v9(view, at, { sequence: i })
        .u16(TEMPLATE + 1, length - V9_HEADER)
        .fill(0, at + length).at - at,
  };
}

/** An exporter of NetFlow v5 in which one of `forgedEvery` datagrams has a sequence number far from the others'. */
function forgedSequence({ from, forgedEvery = 200, firstId = 1 }) {
  const address = addressNumber(from);
  const isForged = (i) => i % forgedEvery === forgedEvery - 1;
  const forgedBefore = (i) => Math.floor(i / forgedEvery);
  return {
    source: () => address,
    records: () => 1,
    fill: (bytes, view, at, i) =>
      v5(view, at, isForged(i) ? i - forgedBefore(i) + 900_000 : i - forgedBefore(i), firstId + i),
  };
}

/** `count` fields of length zero, as a template has them. */
function emptyFields(out, count) {
  for (let i = 0; i < count; i++) out.u16(210, 0);
  return out;
}

/** A v9 options template of 16-bit fields that are empty but for the last, of one byte (RFC 3954 §6.1). */
function optionsTemplate(view, at, fieldsBytes) {
  const out = v9(view, at, { sequence: 0 }).u16(1, 10 + fieldsBytes, TEMPLATE, 0, fieldsBytes);
  return emptyFields(out, fieldsBytes / 4 - 1).u16(999, 1).at - at;
}

/** An IPFIX template of a variable field and `empty` fields of length zero (RFC 7011 §7). */
function variableTemplate(view, at, empty) {
  const setBytes = 8 + (empty + 1) * 4;
  const out = ipfix(view, at, IPFIX_HEADER + setBytes).u16(2, setBytes, TEMPLATE, empty + 1, 82, 0xffff);
  return emptyFields(out, empty).at - at;
}

/** One data set of a length in bytes, all of one value. */
function v9Data(view, at, setBytes, value = 0) {
  const out = v9(view, at, { sequence: 1 }).u16(TEMPLATE, setBytes);
  return out.fill(value, at + V9_HEADER + setBytes).at - at;
}

function ipfixData(view, at, setBytes, value = 0) {
  const out = ipfix(view, at, IPFIX_HEADER + setBytes, { sequence: 1 }).u16(TEMPLATE, setBytes);
  return out.fill(value, at + IPFIX_HEADER + setBytes).at - at;
}

/** Templates, and the data whose decoding they make expensive: `[template, data]`. */
const HOSTILE = {
  "v9-flow-1byte": [
    (view, at) => v9(view, at, {}).u16(0, 12, TEMPLATE, 1, 4, 1).at - at,
    (view, at) => v9Data(view, at, 65_004, 6),
  ],
  "v9-flow-16k-fields": [
    (view, at) => {
      const out = v9(view, at, {}).u16(0, 64_008, TEMPLATE, 16_000);
      for (let i = 0; i < 16_000; i++) out.u16(4, 1);
      return out.at - at;
    },
    (view, at) => {
      const out = v9(view, at, { count: 4, sequence: 1 });
      for (let i = 0; i < 4; i++) out.u16(TEMPLATE, 16_004).fill(0, out.at + 16_000);
      return out.at - at;
    },
  ],
  "v9-options-16k-zero": [(view, at) => optionsTemplate(view, at, 64_000), (view, at) => v9Data(view, at, 65_004)],
  "v9-options-many-sets": [
    (view, at) => optionsTemplate(view, at, 64_000),
    (view, at) => {
      const out = v9(view, at, { count: 13_000, sequence: 1 });
      for (let i = 0; i < 13_000; i++) out.u16(TEMPLATE, 5).u8(0);
      return out.at - at;
    },
  ],
  "v9-options-mtu": [(view, at) => optionsTemplate(view, at, 1364), (view, at) => v9Data(view, at, 1404)],
  "ipfix-var-16k-zero": [(view, at) => variableTemplate(view, at, 16_000), (view, at) => ipfixData(view, at, 65_004)],
  "ipfix-var-mtu": [(view, at) => variableTemplate(view, at, 340), (view, at) => ipfixData(view, at, 1404)],
  "ipfix-biflow-2byte": [
    (view, at) =>
      ipfix(view, at, IPFIX_HEADER + 20)
        .u16(2, 20, TEMPLATE, 2, 1, 1, 0x8001, 1)
        .u32(29_305).at - at,
    (view, at) => ipfixData(view, at, 65_004, 7),
  ],
};

/** A template first, then its data again and again. */
function hostile({ from, pair }) {
  const address = addressNumber(from);
  const [template, data] = HOSTILE[pair];
  return {
    source: () => address,
    records: () => 0,
    fill: (bytes, view, at, i) => (i === 0 ? template : data)(view, at),
  };
}

/** Data that waits for a template, which is the last datagram: 1,400 bytes each, of records of one byte. */
function heldThenTemplate({ from, datagrams }) {
  const address = addressNumber(from);
  return {
    source: () => address,
    records: () => 0,
    fill: (bytes, view, at, i) => (i === datagrams - 1 ? optionsTemplate(view, at, 1364) : v9Data(view, at, 1380)),
  };
}

export const KINDS = { honest, forgedSources, domains, heldSets, forgedSequence, hostile, heldThenTemplate };
