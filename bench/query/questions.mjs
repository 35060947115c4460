// The questions of `npm run bench:query`: what ngflow is asked, what nfdump is asked, and how their answers compare.

const TUPLE = "SrcAddr,DstAddr,SrcPort,DstPort,Proto";
const FILTER = "proto tcp and dst port 443 and src net 10.1.0.0/18";
/** Every flow, by a condition that only the flows themselves can answer. */
const FROM_FLOWS = "packets > 0";
const TOP = ["-n", "10", "-N", "-q"];

/** The bytes of the largest groups, in order: names may differ where totals are equal. */
const largest = ({ rows }) =>
  rows
    .slice(0, 10)
    .map(({ bytes }) => Number(bytes))
    .sort((a, b) => b - a);
const sumsBy = (name, { rows }) => {
  const sums = new Map();
  for (const row of rows) sums.set(row[name], (sums.get(row[name]) ?? 0) + Number(row.bytes));
  return [...sums.values()].sort((a, b) => b - a);
};

/** Column `bytes` of nfdump's statistics, printed as plain numbers: `date time duration proto value flows(%) …`. */
const statistic = (text) =>
  text
    .split("\n")
    .filter((line) => /^\d{4}-/.test(line))
    .map((line) => Number(/\(\s*[\d.]+\)\s+\d+\(\s*[\d.]+\)\s+(\d+)\(/.exec(line)[1]))
    .sort((a, b) => b - a);
/** The last column of a format that we choose. */
const column = (text) =>
  text
    .split("\n")
    .filter((line) => /^\s*\d+\s*$/.test(line))
    .map(Number)
    .sort((a, b) => b - a);

/**
 * `bar`: by what factor nfdump has to be slower, with 10,000,000 flows or as many as `flows` says. `words`: parameters
 * of `/api/v1/query`. `nfdump`: its arguments.
 * nfdump has no time series: one pass over its files for the totals is less than what a series would take it.
 */
export const QUESTIONS = [
  {
    name: "top 10 by source",
    bar: 10,
    words: { by: "SrcAddr", metric: "bytes" },
    nfdump: ["-s", "srcip/bytes", ...TOP],
    ours: largest,
    theirs: statistic,
  },
  {
    name: "top 10 by source, from the flows",
    bar: null,
    words: { by: "SrcAddr", metric: "bytes", filter: FROM_FLOWS },
    nfdump: ["-s", "srcip/bytes", ...TOP],
    ours: largest,
    theirs: statistic,
  },
  {
    name: "top 10 by 5-tuple, all different",
    bar: 8,
    words: { by: TUPLE, metric: "bytes" },
    nfdump: ["-s", "record/bytes", "-o", "fmt:%byt", ...TOP],
    ours: largest,
    theirs: column,
  },
  {
    name: "top 10 by source, filtered",
    bar: 10,
    words: { by: "SrcAddr", metric: "bytes", filter: FILTER },
    nfdump: ["-s", "srcip/bytes", ...TOP, FILTER],
    ours: largest,
    theirs: statistic,
  },
  {
    name: "a day by protocol in bins of 5 minutes, from the flows",
    bar: 10,
    words: { by: "Proto", metric: "bytes", step: "5m", filter: FROM_FLOWS },
    nfdump: ["-s", "proto/bytes", ...TOP],
    ours: (answer) => sumsBy("Proto", answer),
    theirs: statistic,
  },
  {
    name: "a day by protocol in bins of 5 minutes",
    bar: 100,
    flows: 100_000_000,
    words: { by: "Proto", metric: "bytes", step: "5m" },
    nfdump: ["-s", "proto/bytes", ...TOP],
    ours: (answer) => sumsBy("Proto", answer),
    theirs: statistic,
  },
];

/** What the console's first pages ask about a month; all at once, as a browser does. */
export const DASHBOARD = [
  { by: "Proto", metric: "bps", step: "6h" },
  { by: "SrcAddr", metric: "bytes" },
  { by: "DstAddr", metric: "bytes" },
  { by: "ExporterAddr,InIf", metric: "bytes" },
  { metric: "flows", step: "6h" },
];
