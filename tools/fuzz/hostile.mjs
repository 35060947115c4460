/** Datagrams that are made to cost much, of messages (`packages/wire/src/testing`). */
const FULL = 65_507;
/** IANA elements: packets, bytes, addresses, interface name, the three lists, sampler, sampling interval. */
const PACKETS = 2;
const BYTES = 1;
const NAME = 82;
const SUB_TEMPLATE_LIST = 292;
const SUB_TEMPLATE_MULTI_LIST = 293;
const VARIABLE = 65_535;

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** As many copies of `unit` as fit. */
function full(messages, unit, room = FULL - 100) {
  return messages.bytes(...times(Math.floor(room / unit.length), () => unit));
}

/** Each makes a datagram. */
const ATTACKS = [
  function templateFlood({ v9, set, template }, random) {
    const first = 256 + random.below(60_000);
    return v9(
      { domain: random.below(4) },
      set(
        0,
        ...times(1000, (i) => template(256 + ((first + i) % 65_000), [[1 + random.below(90), 1 + random.below(8)]])),
      ),
    );
  },
  function longTemplates({ ipfix, set, template }, random) {
    return ipfix(
      {},
      set(
        2,
        ...times(12, (i) =>
          template(
            256 + i + random.below(900),
            times(500, () => [1 + random.below(400), 1 + random.below(9)]),
          ),
        ),
      ),
    );
  },
  function tooManyFields({ v9, set, template }) {
    return v9(
      {},
      set(
        0,
        template(
          256,
          times(16_000, () => [BYTES, 1]),
        ),
      ),
    );
  },
  function emptyFields({ v9, set, template, bytes }, random) {
    return v9(
      {},
      set(0, template(256, [...times(15_000, () => [8, 0]), [BYTES, 1]])),
      set(256, random.bytes(4000), bytes()),
    );
  },
  function countOnly({ bytes, v9, ipfix, set }, random) {
    const announced = bytes([256 + random.below(9), 2], [0xffff, 2], random.bytes(random.below(600)));
    return random.once(2) ? v9({}, set(0, announced)) : ipfix({}, set(2, announced));
  },
  function scopes({ bytes, v9, ipfix, set }, random) {
    const counts = bytes(
      [300, 2],
      [random.pick([0, 1, 4, 0xffff, 0xfffc]), 2],
      [random.pick([0, 2, 4, 0xffff, 0xfffc]), 2],
      random.bytes(64),
    );
    return random.once(2) ? v9({}, set(1, counts)) : ipfix({}, set(3, counts));
  },
  function tinyRecords(messages, random) {
    const { v9, set, template } = messages;
    return v9({}, set(0, template(256, [[random.pick([BYTES, PACKETS, 4]), 1]])), set(256, random.bytes(60_000)));
  },
  function endlessNames(messages, random) {
    const { ipfix, set, template, bytes } = messages;
    const fields = times(512, () => [NAME, VARIABLE]);
    const records = random.once(2)
      ? new Uint8Array(50_000)
      : bytes([255, 1], [random.pick([0xffff, 40_000, 1]), 2], random.bytes(900));
    return ipfix({}, set(2, template(256, fields)), set(256, records));
  },
  function nestedLists({ ipfix, set, template, bytes }, random) {
    const id = random.pick([SUB_TEMPLATE_LIST, SUB_TEMPLATE_MULTI_LIST]);
    let inner = bytes();
    for (let depth = 0; depth < 2000 && inner.length < 30_000; depth++) {
      const body =
        id === SUB_TEMPLATE_LIST
          ? bytes([3, 1], [256, 2], inner)
          : bytes([3, 1], [256, 2], [4 + inner.length, 2], inner);
      inner = bytes([255, 1], [body.length, 2], body);
    }
    return ipfix({}, set(2, template(256, [[id, VARIABLE]])), set(256, inner));
  },
  function basicLists({ ipfix, set, template, bytes }, random) {
    const list = bytes(
      [3, 1],
      [random.pick([PACKETS, 291, NAME]), 2],
      [random.pick([0, 1, 4, VARIABLE]), 2],
      random.bytes(random.below(2000)),
    );
    return ipfix({}, set(2, template(256, [[291, VARIABLE]])), set(256, bytes([255, 1], [list.length, 2], list)));
  },
  function manySets(messages, random) {
    const { v9, bytes } = messages;
    return v9(
      {},
      full(
        messages,
        bytes([256 + random.below(20_000), 2], [random.pick([4, 5, 6, 8]), 2], random.bytes(random.pick([0, 1, 2, 4]))),
      ),
    );
  },
  function withdrawals(messages, random) {
    const { ipfix, bytes, set } = messages;
    return ipfix({}, set(2, full(messages, bytes([random.pick([2, 3, 256, 300]), 2], [0, 2]), 60_000)));
  },
  function replans({ v9, bytes, set, template }) {
    return v9(
      {},
      ...times(2000, (i) => bytes(set(0, template(256, [[BYTES, 1 + (i % 4)]])), bytes([256, 2], [8, 2], [1, 4]))),
    );
  },
  function facts({ v9, bytes, set, v9Options }, random) {
    const records = times(3000, () => bytes([random.below(60_000), 4], [1 + random.below(1000), 4]));
    return v9(
      { domain: random.below(64) },
      set(
        1,
        v9Options(
          300,
          [],
          [
            [random.pick([48, 10, 14, 302]), 4],
            [34, 4],
          ],
        ),
      ),
      set(300, ...records),
    );
  },
  function names({ ipfix, bytes, set, ipfixOptions }, random) {
    const text = random.bytes(random.pick([0, 1, 32, 250]));
    const records = times(200, () => bytes([random.next(), 4], [text.length, 1], text));
    return ipfix(
      { domain: random.below(64) },
      set(3, ipfixOptions(301, [[random.pick([10, 234, 95, 302]), 4]], [[random.pick([NAME, 236, 96, 84]), VARIABLE]])),
      set(301, ...records),
    );
  },
  function waiting({ v9, set }, random) {
    return v9(
      { domain: random.below(8) },
      set(256 + random.below(60_000), random.bytes(random.pick([1, 40, 1400, 60_000]))),
    );
  },
  function sequences({ ipfix, set, template, bytes }, random) {
    return ipfix(
      { sequence: random.next(), seconds: random.next() },
      set(
        2,
        template(256, [
          [BYTES, 4],
          [PACKETS, 4],
        ]),
      ),
      set(256, bytes([1, 4], [1, 4])),
    );
  },
  function running({ ipfix, set, template, bytes }, random) {
    // Totals of flows that never end: each is remembered.
    const records = times(1200, () =>
      bytes(
        [random.next(), 4],
        [random.next(), 4],
        [1, 4],
        [1, 4],
        [1_700_000_000_000 + random.below(10_000), 8],
        [1_700_000_020_000, 8],
      ),
    );
    return ipfix(
      {},
      set(
        2,
        template(257, [
          [8, 4],
          [12, 4],
          [85, 4],
          [86, 4],
          [152, 8],
          [153, 8],
        ]),
      ),
      set(257, ...records),
    );
  },
  function noise(_messages, random) {
    const bytes = random.bytes(random.pick([1, 2, 30, 400, 1400, 9000]));
    if (bytes.length > 1) bytes.set([0, random.pick([1, 5, 7, 9, 10])]);
    return bytes;
  },
  function sflow({ bytes }, random) {
    return bytes(
      [5, 4],
      [random.pick([1, 2, 3]), 4],
      random.bytes(random.pick([4, 16, 24])),
      [random.pick([1, 0xffffffff, 5000]), 4],
      random.bytes(random.below(1200)),
    );
  },
];

/** Hostile datagrams, `each` of every kind: making one takes longer than decoding it. */
export function hostilePool(messages, random, each = 12) {
  return ATTACKS.flatMap((attack) => times(each, () => attack(messages, random)));
}

/** A v9 datagram larger than UDP carries, with a template of 65,535 fields: a capture file may have it. */
export function mostFields({ v9, set, template, bytes }) {
  const whole = template(
    256,
    times(65_535, () => [BYTES, 1]),
  );
  return v9({}, bytes([0, 2], [0xffff, 2], whole), set(256, bytes([1, 4])));
}

/** The first datagram of an exporter: a template, and a record of it. */
export const firstOf = ({ v9, set, template, bytes }, random) =>
  v9(
    { domain: random.below(3) },
    set(
      0,
      template(256, [
        [8, 4],
        [BYTES, 4],
        [PACKETS, 4],
        [1 + random.below(400), 4],
      ]),
    ),
    set(256, bytes([1, 4], [2, 4], [3, 4], [4, 4])),
  );
