import type { ExporterStatus, LearnedName } from "@ngflow/flows";
import { fitLines } from "../../output/fit-lines.ts";
import { formatTable } from "../../output/table.ts";

/** Seconds, which are enough for people. */
const shortTime = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** The exporter; where its packets come from another address, that too. */
const nameOf = ({ agent = "", address }: ExporterStatus): string =>
  agent === "" || agent === address ? address : `${agent} by way of ${address}`;

/** A line per exporter and domain; what is wrong is below, in lines that fit the terminal. */
export function exportersTable(exporters: readonly ExporterStatus[], columns?: number): string {
  if (exporters.length === 0) return "no exporter has sent yet\n";
  const rows = exporters.map((each) => ({
    Exporter: nameOf(each),
    Domain: each.domain,
    Protocol: each.protocol,
    LastSeen: shortTime(each.lastSeen),
    Records: each.records,
    Lost: each.recordsLost,
    Missing: each.missingTemplates.length,
  }));
  const heads = ["Exporter", "Domain", "Protocol", "LastSeen", "Records", "Lost", "Missing"];
  const warnings = exporters.flatMap((each) => each.warnings.map((text) => `${nameOf(each)}: ${text}\n`));
  return formatTable(heads, rows, { human: false }) + fitLines(warnings.join(""), columns);
}

/** A line per template, and per template that is missing. */
export function templatesTable(exporters: readonly ExporterStatus[]): string {
  const rows = exporters.flatMap((each) => {
    const of = { Exporter: nameOf(each), Domain: each.domain };
    return [
      ...each.templates.map(({ id, kind, fields, refreshed }) => ({
        ...of,
        Template: id,
        Kind: kind,
        Size: `${fields.length} fields`,
        Time: shortTime(refreshed),
      })),
      ...each.missingTemplates.map(({ id, bytes, since }) => ({
        ...of,
        Template: id,
        Kind: "missing",
        Size: `${bytes} bytes`,
        Time: shortTime(since),
      })),
    ];
  });
  if (rows.length === 0) return "no templates\n";
  return formatTable(["Exporter", "Domain", "Template", "Kind", "Size", "Time"], rows, { human: false });
}

/** A line per name that holds. */
export function namesTable(names: readonly LearnedName[]): string {
  const rows = names
    .filter(({ to }) => to === null)
    .map(({ exporter, domain, kind, id, name, description }) => ({
      Exporter: exporter,
      Domain: domain,
      Kind: kind,
      Id: id,
      Name: name,
      Description: description,
    }));
  if (rows.length === 0) return "no names\n";
  return formatTable(["Exporter", "Domain", "Kind", "Id", "Name", "Description"], rows, { human: false });
}
