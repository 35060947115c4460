// The questions of `npm run bench:scale`, all answered from the flows: `words` for a store, `sql` for ClickHouse 18.16.
// Both are numbers, in order, that have to be equal.

/** A condition that only the flows themselves can answer. */
const FROM_FLOWS = "packets > 0";
const address = (hex) => `unhex('00000000000000000000FFFF${hex}')`;

const largest = (rows) =>
  rows
    .map(Number)
    .sort((a, b) => b - a)
    .slice(0, 10);
/** Without the row of all others, whose keys are null. */
const bytesOf = ({ rows }) => largest(rows.filter(({ SrcAddr }) => SrcAddr !== null).map(({ bytes }) => bytes));

function sumsByProto({ rows }) {
  const sums = new Map();
  for (const { Proto, bytes } of rows) sums.set(Proto, (sums.get(Proto) ?? 0) + Number(bytes));
  return largest([...sums.values()]);
}

export const QUESTIONS = [
  {
    name: "top 10 by source",
    words: { by: ["SrcAddr"], metric: "bytes", top: 10, filter: FROM_FLOWS },
    ours: bytesOf,
    sql: "SELECT sum(Bytes) AS b FROM flows WHERE Packets > 0 GROUP BY SrcAddr ORDER BY b DESC LIMIT 10",
  },
  {
    name: "top 10 by 5-tuple",
    words: { by: ["SrcAddr", "DstAddr", "SrcPort", "DstPort", "Proto"], metric: "bytes", top: 10 },
    ours: bytesOf,
    sql:
      "SELECT sum(Bytes) AS b FROM flows GROUP BY SrcAddr, DstAddr, SrcPort, DstPort, Proto" +
      " ORDER BY b DESC LIMIT 10",
  },
  {
    name: "top 10 by source, filtered",
    words: {
      ...{ by: ["SrcAddr"], metric: "bytes", top: 10 },
      filter: "proto tcp and dst port 443 and src net 10.0.0.0/20",
    },
    ours: bytesOf,
    sql:
      "SELECT sum(Bytes) AS b FROM flows WHERE Proto = 6 AND DstPort = 443" +
      ` AND SrcAddr >= ${address("0A000000")} AND SrcAddr <= ${address("0A000FFF")}` +
      " GROUP BY SrcAddr ORDER BY b DESC LIMIT 10",
  },
  {
    name: "by protocol in bins of 5 minutes",
    words: { by: ["Proto"], metric: "bytes", stepMs: 300_000, filter: FROM_FLOWS },
    ours: sumsByProto,
    // Its own bins: those of the flows' ends. A store spreads a flow over the bins of its life.
    sql: "SELECT Proto, sum(b) FROM (SELECT Proto, intDiv(TimeEnd, 300000) AS t, sum(Bytes) AS b FROM flows GROUP BY Proto, t) GROUP BY Proto",
  },
];

/** The numbers of an answer of 18.16. */
export const oldNumbers = (rows) => largest(rows.map((row) => row.at(-1)));
