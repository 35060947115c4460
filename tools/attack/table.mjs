const number = (value) => (value === null ? "never" : value === undefined ? "-" : value.toLocaleString("en-US"));

function verdict({ figure, bar, skipped }) {
  if (skipped !== undefined) return "skipped";
  return typeof figure === "number" && figure <= bar ? "ok" : "FAILED";
}

const columns = (attack, before, figure, bar, unit, result) =>
  `${attack.slice(0, 27).padEnd(27)} ${before.padStart(9)} ${figure.padStart(9)} ${bar.padStart(7)} ` +
  `${unit.slice(0, 16).padEnd(16)} ${result}`;

/** An attack and its figure as a line of 80 columns. */
export function rowLine(row) {
  return columns(row.attack, number(row.before), number(row.figure), number(row.bar), row.unit, verdict(row));
}

/** The same for several attacks, below the names of the columns. */
export function tableLines(rows) {
  return [columns("attack", "before", "figure", "bar", "unit", "result"), ...rows.map(rowLine)];
}
