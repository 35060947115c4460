import { existsSync } from "node:fs";
import { join } from "node:path";
import { datagramsOf, readSets } from "../conformance/corpus.mjs";
import { sharedFolder } from "../shared.mjs";
import { firstOf, hostilePool, mostFields } from "./hostile.mjs";
import { Random } from "./random.mjs";

/**
 * What a run is made of: `parts`, the code under test; `whole`, datagrams that are changed, those of the corpus, where
 * it is, and some made here; `hostile` ones; `first` ones of exporters; `most`, which is larger than UDP carries; and
 * `source`, a line about them.
 */
export function ingredients(parts, seed) {
  const { messages } = parts;
  const random = new Random(seed);
  const { datagrams: whole, source } = wholeDatagrams(messages);
  const first = Array.from({ length: 40 }, () => firstOf(messages, random));
  return { parts, whole, hostile: hostilePool(messages, random), first, most: mostFields(messages), source };
}

function wholeDatagrams(messages) {
  const made = madeDatagrams(messages);
  const corpus = join(sharedFolder, "corpus");
  if (!existsSync(corpus)) return { datagrams: made, source: "no corpus: datagrams made here" };
  const found = readSets(corpus).flatMap(({ folder, cases }) =>
    cases.flatMap(({ inputs }) =>
      inputs.filter(({ kind }) => kind !== "frames").flatMap((input) => datagramsOf(folder, input)),
    ),
  );
  const datagrams = [...found.map(({ bytes }) => bytes).filter(({ length }) => length > 0), ...made];
  return { datagrams, source: `${found.length} datagrams of the corpus, ${made.length} made here` };
}

function madeDatagrams({ v5, v9, ipfix, set, template, v9Options, ipfixOptions, bytes }) {
  const record = {
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    packets: 3,
    octets: 400,
    first: 1,
    last: 9,
    sourcePort: 53,
    destinationPort: 99,
    protocol: 17,
  };
  const lists = template(258, [
    [292, 65_535],
    [2, 8],
  ]);
  return [
    v5({ sampling: 0x4064 }, [record, record, record]),
    firstOf({ v9, set, template, bytes }, new Random(1)),
    v9(
      {},
      set(
        1,
        v9Options(
          300,
          [[1, 4]],
          [
            [48, 1],
            [34, 4],
            [84, 8],
          ],
        ),
      ),
      set(300, bytes([7, 4], [2, 1], [100, 4], [0x6162, 8])),
    ),
    ipfix(
      {},
      set(
        2,
        template(257, [
          [27, 16],
          [28, 16],
          [82, 65_535],
          [2, 8],
          [2, 8, 29_305],
          [152, 8],
          [153, 8],
        ]),
      ),
      set(
        257,
        bytes([1, 16], [2, 16], [2, 1], [0x6161, 2], [5, 8], [6, 8], [1_700_000_000_000, 8], [1_700_000_001_000, 8]),
      ),
    ),
    ipfix(
      {},
      set(
        3,
        ipfixOptions(
          301,
          [[149, 4]],
          [
            [160, 8],
            [305, 4],
            [306, 4],
          ],
        ),
      ),
      set(301, bytes([1, 4], [5, 8], [1, 4], [99, 4])),
    ),
    ipfix({}, set(2, lists), set(258, bytes([14, 1], [3, 1], [258, 2], [2, 1], [3, 1], [258, 2], [7, 8], [9, 8]))),
  ];
}
