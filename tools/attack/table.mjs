const number = (value) => (value === null ? "never" : value === undefined ? "-" : value.toLocaleString("en-US"));

function verdict({ figure, bar, skipped }) {
  if (skipped !== undefined) return "skipped";
  return typeof figure === "number" && figure <= bar ? "ok" : "FAILED";
}

/** The figures of attacks as a table of 80 columns, a line each. */
export function tableLines(rows) {
  const row = (a, b, c, d, e, f) =>
    `${a.slice(0, 27).padEnd(27)} ${b.padStart(9)} ${c.padStart(9)} ${d.padStart(7)} ${e.slice(0, 16).padEnd(16)} ${f}`;
  return [
    row("attack", "before", "figure", "bar", "unit", "result"),
    ...rows.map((each) =>
      row(each.attack, number(each.before), number(each.figure), number(each.bar), each.unit, verdict(each)),
    ),
  ];
}
