import { humanNumber } from "../output/units.ts";
import { minuteText } from "./gather.ts";
import type { Billing, Report } from "./report.ts";
import { headTexts, textTables, type TextTable, withName } from "./texts.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const plain = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);

const STYLE = `
:root { color-scheme: light; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2530; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
p { margin: 0.25rem 0; color: #45505f; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #e2e6ec; text-align: left; }
th.number, td.number { text-align: right; white-space: nowrap; }
th { font-weight: 600; color: #45505f; } section { break-inside: avoid; }
summary { cursor: pointer; } details table { font-size: 0.85rem; } .top { font-weight: 600; }
@media print { body { margin: 0; max-width: none; } details { display: none; } }
`;

function table({ title, head, words, rows }: TextTable, after = ""): string {
  const cells = (tag: string, texts: readonly string[]): string =>
    texts.map((text, i) => `<${tag}${i < words ? "" : ' class="number"'}>${plain(text)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<section><h2>${plain(title)}</h2>
<table><thead><tr>${cells("th", head)}</tr></thead><tbody>
${body}
</tbody></table>${after}</section>`;
}

const CHART = { width: 960, height: 220, left: 70, bottom: 22 } as const;

/** Traffic over time as a picture with a text that says the same. */
function chart({ series, fromMs, toMs, stepMs }: Report): string {
  const { width, height, left, bottom } = CHART;
  const most = Math.max(...series.map(({ bps }) => bps), 0);
  if (most === 0) return "";
  const peak = series.find(({ bps }) => bps === most)!;
  const x = (ms: number): number => left + ((width - left) * (ms - fromMs)) / (toMs - fromMs);
  const y = (bps: number): number => (height - bottom) * (1 - bps / most);
  const bars = series.map(({ timeMs, bps, recorded }) => {
    const [begin, end] = [x(Math.max(timeMs, fromMs)), x(Math.min(timeMs + stepMs, toMs))];
    const size = `width="${Math.max(1, end - begin - 1).toFixed(1)}" height="${(y(0) - y(bps)).toFixed(1)}"`;
    if (!recorded)
      return `<rect x="${begin.toFixed(1)}" y="0" width="${(end - begin).toFixed(1)}" height="${y(0)}" fill="url(#none)"/>`;
    return bps === 0 ? "" : `<rect x="${begin.toFixed(1)}" y="${y(bps).toFixed(1)}" ${size} fill="#2b6fb8"/>`;
  });
  const text = `Traffic over time; at most ${humanNumber("bps", most)} at ${minuteText(peak.timeMs)} UTC`;
  const label = (at: number, anchor: string, words: string): string =>
    `<text x="${at}" y="${height - 4}" text-anchor="${anchor}" font-size="12" fill="#45505f">${words}</text>`;
  return `<section><h2>Traffic</h2>
<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${plain(text)}">
<defs><pattern id="none" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<line x1="0" y1="0" x2="0" y2="6" stroke="#cfd5dd" stroke-width="2"/></pattern></defs>
${bars.join("")}
<line x1="${left}" y1="${y(0)}" x2="${width}" y2="${y(0)}" stroke="#cfd5dd"/>
<text x="${left - 6}" y="12" text-anchor="end" font-size="12" fill="#45505f">${humanNumber("bps", most)}</text>
${label(left, "start", minuteText(fromMs))}${label(width, "end", minuteText(toMs))}
</svg><p>${plain(text)}.${series.every(({ recorded }) => recorded) ? "" : " Hatched: nothing was recorded."}</p></section>`;
}

/** The bins behind a percentile: those above it are the 5 % that are not billed. */
function opened({ exporter, exporterName, index, interfaceName, direction, p95, bins }: Billing): string {
  const of = `${withName(exporter, exporterName)}, interface ${withName(index, interfaceName)}`;
  const rows = bins.map(({ timeMs, bps }) => {
    const top = bps > p95 ? ' class="top"' : "";
    return `<tr${top}><td>${minuteText(timeMs)}</td><td class="number">${humanNumber("bps", bps)}</td></tr>`;
  });
  return `<details><summary>${plain(of)}, ${direction}: every bin</summary>
<table><thead><tr><th>UTC</th><th class="number">bit/s</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></details>`;
}

/** A report as a page that needs nothing else and prints well. */
export function reportHtml(report: Report): string {
  const tables = textTables(report);
  const bins = report.billing.map(opened).join("\n");
  const body = tables.map((each, i) => table(each, i === tables.length - 1 && report.billing.length > 0 ? bins : ""));
  body.splice(1, 0, chart(report));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Traffic ${minuteText(report.fromMs)} to ${minuteText(report.toMs)} UTC</title><style>${STYLE}</style></head>
<body><h1>Traffic</h1>
${headTexts(report)
  .map((text) => `<p>${plain(text)}</p>`)
  .join("\n")}
${body.join("\n")}
</body></html>
`;
}
