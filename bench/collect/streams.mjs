// The benchmark's datagrams. A stream is what one kind of exporter sends: how many exporters it has, and for each of
// them its templates and datagrams of data. Every record has an id of its own as the end of its source address.

const HOUR_MS = 3_600_000;

/** Information elements and lengths of what routers send: 46 bytes. The source address is first. */
const ROUTER = [
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

/** As IPFIX exporters send it: absolute times, wide counters, interfaces and AS numbers. */
const WIDE = { 10: [10, 4], 14: [14, 4], 2: [2, 8], 1: [1, 8], 22: [152, 8], 21: [153, 8], 16: [16, 4], 17: [17, 4] };
const IPFIX = ROUTER.map((field) => WIDE[field[0]] ?? field);

/** Template `t` of the mix: IPv4 or IPv6, narrow or wide, with and without AS numbers, masks, MAC addresses. */
function mixedFields(t) {
  const fields = (t & 1 ? IPFIX : ROUTER).filter(
    ([id]) => !(t % 3 === 1 && [16, 17, 15].includes(id)) && !(t % 5 === 1 && [9, 13, 5].includes(id)),
  );
  const addresses = t % 4 < 2 ? fields : fields.map(([id, length]) => SIX[id] ?? [id, length]);
  const added = [
    ...(t % 3 === 0
      ? [
          [56, 6],
          [80, 6],
          [58, 2],
        ]
      : []),
    ...(t % 5 === 2
      ? [
          [136, 1],
          [32, 2],
        ]
      : []),
    ...(t % 7 === 3
      ? [
          [48, 2],
          [70, 3],
        ]
      : []),
    // What fills no column of its own.
    ...(t % 5 === 4
      ? [
          [234, 4],
          [52, 1],
          [225, 4],
        ]
      : []),
  ];
  return [...addresses, ...added];
}
const TIMES = { 22: [152, 8], 21: [153, 8] };
const SIX = { 8: [27, 16], 12: [28, 16], 15: [62, 16], 9: [29, 1], 13: [30, 1] };

/** Values of record `n` by element. One flow of eight lasted 5 s, the others up to a second. */
function valuesOf(n, nowMs) {
  const endsBeforeMs = 4000 + (n & 1023);
  const startsBeforeMs = endsBeforeMs + ((n & 7) === 0 ? 5000 : (n >>> 3) & 1023);
  return {
    ...{ 12: 0x0a00_0000 + (Math.imul(n, 2_654_435_761) >>> 16), 15: 0x0a00_0001, 10: 1 + (n & 3), 14: 2 + (n & 3) },
    ...{ 2: 1 + (n & 15), 1: 64 + (Math.imul(n, 7919) & 0xffff), 22: HOUR_MS - startsBeforeMs },
    ...{ 21: HOUR_MS - endsBeforeMs, 152: nowMs - startsBeforeMs, 153: nowMs - endsBeforeMs },
    ...{ 7: 1024 + (n & 0x7fff), 11: [443, 80, 53, 22][n & 3], 6: n & 0x1f, 4: (n & 3) === 2 ? 17 : 6 },
    ...{ 16: 64_500, 17: 64_501, 9: 24, 13: 16, 29: 64, 30: 48, 61: n & 1, 58: 100 + (n & 7), 136: 3, 48: 1, 52: 64 },
    ...{ 56: 0x0200_0000_0000 + n, 80: 0x0200_0001_0000 + n, 70: (n & 0xfffff) << 4, 234: 7, 225: 0x0a00_0002 },
  };
}

function put(view, at, length, value) {
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) view.setUint8(at + i, rest % 256);
}

/** Writes a record at `at`; its id goes to the end of its first field. */
function putRecord(view, at, fields, n, nowMs) {
  const values = valuesOf(n, nowMs);
  for (const [id, length] of fields) {
    // An IPv6 address: 2001:db8::/32 and the value of the IPv4 one.
    if (length === 16) put(view, at, 4, 0x2001_0db8);
    put(view, at + Math.max(0, length - 8), Math.min(8, length), values[id] ?? values[id === 28 ? 12 : 15] ?? 0);
    at += length;
  }
  return at;
}

const lengthOf = (fields) => fields.reduce((sum, [, length]) => sum + length, 0);

/** Exporters of v9 and IPFIX: `sets` is the templates of a datagram, by their place in `templates`. */
function templated(version, templates, recordsOfSet, setsOf) {
  const isIpfix = version === 10;
  const headerBytes = isIpfix ? 16 : 20;
  const sequenceAt = isIpfix ? 8 : 12;
  const header = (view, count, domain) => {
    view.setUint16(0, version);
    view.setUint16(2, isIpfix ? view.byteLength : count);
    if (!isIpfix) view.setUint32(4, HOUR_MS);
    view.setUint32(isIpfix ? 4 : 8, Math.floor(Date.now() / 1000));
    view.setUint32(isIpfix ? 12 : 16, domain);
  };
  return {
    isIpfix,
    sequenceAt,
    templatesOf: (domain) =>
      templates.map((fields, i) => {
        const view = new DataView(new ArrayBuffer(headerBytes + 8 + 4 * fields.length));
        header(view, 1, domain);
        view.setUint16(headerBytes, isIpfix ? 2 : 0);
        view.setUint16(headerBytes + 2, view.byteLength - headerBytes);
        view.setUint16(headerBytes + 4, 256 + i);
        view.setUint16(headerBytes + 6, fields.length);
        fields.forEach(([id, length], k) => {
          view.setUint16(headerBytes + 8 + 4 * k, id);
          view.setUint16(headerBytes + 10 + 4 * k, length);
        });
        return new Uint8Array(view.buffer);
      }),
    datagramOf(domain, seed) {
      const sets = setsOf(seed).map((t) => ({ t, fields: templates[t] }));
      const bytes = sets.reduce((sum, { fields }) => sum + 4 + recordsOfSet * lengthOf(fields), headerBytes);
      const view = new DataView(new ArrayBuffer(bytes));
      header(view, sets.length * recordsOfSet, domain);
      const ids = [];
      let at = headerBytes;
      for (const { t, fields } of sets) {
        view.setUint16(at, 256 + t);
        view.setUint16(at + 2, 4 + recordsOfSet * lengthOf(fields));
        at += 4;
        for (let r = 0; r < recordsOfSet; r++) {
          ids.push(at + fields[0][1] - 4);
          at = putRecord(view, at, fields, seed * 64 + ids.length, Date.now());
        }
      }
      return { bytes: new Uint8Array(view.buffer), ids };
    },
    renew(view, offset, sequence) {
      view.setUint32(offset + sequenceAt, sequence);
    },
    sequenceBy: isIpfix ? "records" : "datagrams",
  };
}

/** A record of NetFlow v5: the fields of a router, with padding after the ports and at the end. */
const V5_FIELDS = [...ROUTER.slice(0, 11), [0, 1], ...ROUTER.slice(11, 18), [0, 2]];

const V5 = {
  templatesOf: () => [],
  datagramOf(domain, seed) {
    const view = new DataView(new ArrayBuffer(24 + 30 * 48));
    view.setUint16(0, 5);
    view.setUint16(2, 30);
    view.setUint32(4, HOUR_MS);
    view.setUint32(8, Math.floor(Date.now() / 1000));
    view.setUint8(21, domain & 255);
    const ids = Array.from({ length: 30 }, (_, r) => 24 + 48 * r);
    for (const [r, at] of ids.entries()) putRecord(view, at, V5_FIELDS, seed * 64 + r, Date.now());
    return { bytes: new Uint8Array(view.buffer), ids };
  },
  renew(view, offset, sequence) {
    view.setUint32(offset + 16, sequence);
  },
  sequenceBy: "records",
};

const SAMPLES = 7;
const SAMPLE_BYTES = 192;
const SAMPLED_BYTES = 128;

/** sFlow: samples of Ethernet frames, 128 bytes of each. */
const SFLOW = {
  templatesOf: () => [],
  datagramOf(domain, seed) {
    const view = new DataView(new ArrayBuffer(28 + SAMPLES * SAMPLE_BYTES));
    [5, 1, 0x7f00_0100 + domain, 0, 0, HOUR_MS, SAMPLES].forEach((word, i) => view.setUint32(4 * i, word));
    const ids = [];
    for (let r = 0; r < SAMPLES; r++) {
      const n = seed * 64 + r;
      const at = 28 + r * SAMPLE_BYTES;
      const words = [1, SAMPLE_BYTES - 8, 0, 3, 1000, 0, 0, 1 + (n & 3), 2 + (n & 3), 1];
      [...words, 1, 16 + SAMPLED_BYTES, 1, 600, 4, SAMPLED_BYTES].forEach((word, i) =>
        view.setUint32(at + 4 * i, word),
      );
      const frame = at + 64;
      put(view, frame, 6, 0x0200_0000_0001);
      put(view, frame + 6, 6, 0x0200_0001_0000 + n);
      view.setUint16(frame + 12, 0x0800);
      [0x4500_024a, 0, 0x4006_0000, 0, valuesOf(n, 0)[12]].forEach((word, i) =>
        view.setUint32(frame + 14 + 4 * i, word),
      );
      view.setUint16(frame + 34, 1024 + (n & 0x7fff));
      view.setUint16(frame + 36, 443);
      view.setUint16(frame + 46, 0x5010);
      ids.push(frame + 26);
    }
    return { bytes: new Uint8Array(view.buffer), ids };
  },
  renew(view, offset, sequence) {
    view.setUint32(offset + 16, sequence);
    for (let r = 0; r < SAMPLES; r++) view.setUint32(offset + 28 + r * SAMPLE_BYTES + 8, sequence * SAMPLES + r);
  },
  sequenceBy: "datagrams",
};

const MIX_TEMPLATES = Array.from({ length: 30 }, (_, t) => mixedFields(t));
/** Three templates of the mix in each datagram, eight records of each. */
const mixedSets = (seed) => [0, 1, 2].map((k) => (seed * 3 + k) % MIX_TEMPLATES.length);
/** IPFIX headers have no uptime, so its exporters send absolute times. */
const MIX_IPFIX = MIX_TEMPLATES.map((fields) => fields.map(([id, length]) => TIMES[id] ?? [id, length]));
const MIXED = [templated(9, MIX_TEMPLATES, 8, mixedSets), templated(10, MIX_IPFIX, 8, mixedSets)];

/**
 * `kind(number)` is the kind of exporter `number`, `rival` nfdump's program that takes the stream, and
 * `recordsPerSecond` the rate at which the two are compared. `templates`: how many there are in all. What the first
 * `warmSeconds` cost does not count: so long until every template of the mix has its function.
 */
export const STREAMS = {
  v5: { templates: 1, recordsPerSecond: 1e6, exporters: 4, rival: "nfcapd", kind: () => V5 },
  v9: { templates: 1, recordsPerSecond: 1e6, exporters: 4, rival: "nfcapd", kind: () => V9 },
  ipfix: { templates: 1, recordsPerSecond: 1e6, exporters: 4, rival: "nfcapd", kind: () => IPFIX_KIND },
  sflow: { templates: 1, recordsPerSecond: 2e5, exporters: 4, rival: "sfcapd", kind: () => SFLOW },
  mix: {
    templates: 60,
    warmSeconds: 40,
    recordsPerSecond: 4e5,
    exporters: 200,
    rival: "nfcapd",
    kind: (number) => MIXED[number & 1],
  },
  // One template and few exporters, in sets and datagrams of as many records as those of the mix.
  even: { templates: 1, warmSeconds: 40, recordsPerSecond: 4e5, exporters: 4, rival: "nfcapd", kind: () => EVEN },
};
const V9 = templated(9, [ROUTER], 30, () => [0]);
const EVEN = templated(9, [ROUTER], 8, () => [0, 0, 0]);

/**
 * Every template of the mix as a stream of its own, from one exporter, in sets and datagrams as the mix has them. The
 * same records as the mix in all: what the mix costs more is the mixing.
 */
export const APART = Object.fromEntries(
  [MIX_TEMPLATES, MIX_IPFIX].flatMap((templates, k) =>
    templates.map((fields, t) => [
      `apart-${k}-${t}`,
      { exporters: 1, kind: () => templated(k === 0 ? 9 : 10, [fields], 8, () => [0, 0, 0]) },
    ]),
  ),
);

/** What a name of STREAMS or APART stands for. */
export const streamOf = (name) => STREAMS[name] ?? APART[name];
const IPFIX_KIND = templated(10, [IPFIX], 20, () => [0]);

/** One exporter of a stream with `count` datagrams of data; `renew` numbers a datagram and gives its records ids. */
export function openExporter(stream, number, count) {
  const kind = streamOf(stream).kind(number);
  const domain = number + 1;
  const datagrams = Array.from({ length: count }, (_, i) => kind.datagramOf(domain, number * count + i));
  let sequence = 0;
  return {
    address: [127, 0, 1, 1 + number],
    datagrams,
    /** Datagrams with the templates, numbered. */
    templates() {
      return kind.templatesOf(domain).map((bytes) => {
        kind.renew(new DataView(bytes.buffer), 0, sequence >>> 0);
        if (kind.sequenceBy === "datagrams") sequence++;
        return bytes;
      });
    },
    /** Numbers datagram `i`, which is at `offset` of `view`. Its records get ids from `firstId` on, unless it is 0. */
    renew(view, offset, i, firstId) {
      const { ids } = datagrams[i];
      kind.renew(view, offset, sequence >>> 0);
      sequence += kind.sequenceBy === "datagrams" ? 1 : ids.length;
      for (let r = 0; firstId > 0 && r < ids.length; r++) view.setUint32(offset + ids[r], firstId + r);
    },
  };
}
