/** Values that lengths, counts and ids are set to. */
const EXTREMES = [0, 1, 2, 3, 4, 5, 7, 8, 0xff, 0x100, 0x1ff, 0x7fff, 0x8000, 0xfffe, 0xffff];

function setU16(bytes, at, value) {
  if (at + 2 > bytes.length) return;
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Offsets of the headers of the sets of a NetFlow v9 or IPFIX datagram, as far as they can be followed. */
function setOffsets(bytes) {
  const version = (bytes[0] << 8) | bytes[1];
  const found = [];
  if (version !== 9 && version !== 10) return found;
  for (let o = version === 9 ? 20 : 16; o + 4 <= bytes.length;) {
    found.push(o);
    const length = (bytes[o + 2] << 8) | bytes[o + 3];
    if (length < 4) break;
    o += length;
  }
  return found;
}

function without(bytes, from, to) {
  const out = new Uint8Array(bytes.length - (to - from));
  out.set(bytes.subarray(0, from));
  out.set(bytes.subarray(to), from);
  return out;
}

function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A range of at least one byte. */
function range(bytes, random) {
  const from = random.below(bytes.length);
  return [from, from + 1 + random.below(bytes.length - from)];
}

/** Each makes another datagram of one. `others` has datagrams to take parts of. */
const MUTATIONS = [
  function bits(bytes, random) {
    const out = bytes.slice();
    for (let i = 1 + random.below(8); i > 0; i--) out[random.below(out.length)] ^= 1 << random.below(8);
    return out;
  },
  function extremeByte(bytes, random) {
    const out = bytes.slice();
    out[random.below(out.length)] = random.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]);
    return out;
  },
  function extremeWord(bytes, random) {
    const out = bytes.slice();
    setU16(out, random.below(out.length), random.once(3) ? random.next() : random.pick(EXTREMES));
    return out;
  },
  function setHeader(bytes, random) {
    const offsets = setOffsets(bytes);
    if (offsets.length === 0) return bytes;
    const out = bytes.slice();
    // Id, length, or the first words of the body: template ids, counts of fields and scopes.
    setU16(out, random.pick(offsets) + 2 * random.below(6), random.pick(EXTREMES));
    return out;
  },
  function truncated(bytes, random) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function extended(bytes, random) {
    return joined(bytes, random.once(2) ? new Uint8Array(random.below(64)) : random.bytes(random.below(64)));
  },
  function cutOut(bytes, random) {
    return without(bytes, ...range(bytes, random));
  },
  function repeated(bytes, random) {
    const [from, to] = range(bytes, random);
    const copies = Math.min(1 + random.below(64), Math.floor(65_000 / (to - from)));
    return joined(
      bytes.subarray(0, to),
      ...Array.from({ length: copies }, () => bytes.subarray(from, to)),
      bytes.subarray(to),
    );
  },
  function spliced(bytes, random, others) {
    const other = random.pick(others);
    return joined(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
  },
  function otherVersion(bytes, random) {
    const out = bytes.slice();
    setU16(out, 0, random.pick([1, 5, 7, 9, 10, 0]));
    return out;
  },
  function zeroed(bytes, random) {
    const out = bytes.slice();
    out.fill(random.pick([0, 0xff]), ...range(out, random));
    return out;
  },
];

/** A datagram changed in one to four ways; at most 65,507 bytes. */
export function mutated(bytes, random, others) {
  let out = bytes;
  for (let i = 1 + random.below(4); i > 0 && out.length > 0; i--) out = random.pick(MUTATIONS)(out, random, others);
  return out.length > 65_507 ? out.slice(0, 65_507) : out;
}
