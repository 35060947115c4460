import { conjuncts, type MarkValues } from "../filter/predicate.ts";

/** Speeds of interfaces that SNMP agents have told, and which interface a filter is about. */
export interface LinkSpeeds {
  /** Bits per second by EXPORTER/INDEX. */
  readonly speeds: Readonly<Record<string, number>>;
  /** What the terms of the filter hold one value of, of the columns of an interface. */
  readonly pins: MarkValues;
}

const PIN = /^\(?\s*(ExporterAddr|InIf|OutIf)\s*==?\s*([0-9a-f:.]+)\s*\)?$/i;
const COLUMNS = ["ExporterAddr", "InIf", "OutIf"] as const;

/** The exporter and the interfaces that terms of a filter name: `ExporterAddr = 192.0.2.1 and InIf = 3`. */
export function pinsOf(filter: string): MarkValues {
  const pins: Record<string, string> = {};
  for (const term of conjuncts(filter)) {
    const [, word = "", value = ""] = PIN.exec(term) ?? [];
    const name = COLUMNS.find((column) => column.toLowerCase() === word.toLowerCase());
    if (name !== undefined) pins[name] ??= value;
  }
  return pins;
}

/**
 * The interface (EXPORTER/INDEX) whose traffic a group is: the one of the filter before that of the group. Null where
 * it is of several, or of the exporter itself (index 0).
 */
export function linkOf(mark: MarkValues | null, pins: MarkValues): string | null {
  const of = (name: string): string => String(pins[name] ?? mark?.[name] ?? "");
  const exporter = of("ExporterAddr");
  const index = pins["InIf"] ?? pins["OutIf"] ?? mark?.["InIf"] ?? mark?.["OutIf"] ?? null;
  return exporter === "" || index === null || String(index) === "0" ? null : `${exporter}/${index}`;
}

/** The one interface that all of an answer is of, with its speed; null where groups are of several. */
export function onlyLink({ speeds, pins }: LinkSpeeds): { readonly link: string; readonly speed: number } | null {
  const link = linkOf(null, pins);
  const speed = link === null ? undefined : speeds[link];
  return link === null || speed === undefined ? null : { link, speed };
}
