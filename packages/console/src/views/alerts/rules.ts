import type { Alert } from "@ngflow/server/client";
import { alerts as t } from "./messages.ts";

export type ConditionName = Alert["condition"];

/** Every condition with what it is called, in the order of the form. */
export const CONDITIONS: Readonly<Record<ConditionName, () => string>> = {
  threshold: () => t.threshold,
  ratio: () => t.ratio,
  "share-of-speed": () => t.shareOfSpeed,
  absent: () => t.absent,
  new: () => t.new,
  "fan-out": () => t.fanOut,
  "exporter-silent": () => t.exporterSilent,
  "template-missing": () => t.templateMissing,
  "sampling-changed": () => t.samplingChanged,
  "clock-off": () => t.clockOff,
  loss: () => t.loss,
};

/** A column, as an example. */
export const A_COLUMN = "SrcAddr";

/** Fields of the form that a condition has besides those of all. */
export const FIELDS = ["metric", "by", "above", "below", "clear-below"] as const;
export type Field = (typeof FIELDS)[number];

const HAS: Readonly<Partial<Record<ConditionName, readonly Field[]>>> = {
  threshold: FIELDS,
  ratio: FIELDS,
  "share-of-speed": ["above", "clear-below"],
  absent: ["by"],
  new: ["by"],
  "fan-out": ["by", "above", "clear-below"],
  loss: ["above"],
};

export const fieldsOf = (condition: ConditionName): readonly Field[] => HAS[condition] ?? [];

/** What the form has, as it was typed. */
export interface Draft {
  name: string;
  condition: ConditionName;
  severity: string;
  filter: string;
  metric: string;
  by: string;
  above: string;
  below: string;
  "clear-below": string;
  window: string;
  for: string;
  "clear-after": string;
  description: string;
  /** Further keys as JSON. */
  more: string;
}

const TEXTS = ["severity", "filter", "window", "for", "clear-after", "description"] as const;

export const EMPTY: Draft = {
  ...{ name: "", condition: "threshold", severity: "warning", filter: "", metric: "bps", by: "", above: "", below: "" },
  ...{ "clear-below": "", window: "5m", for: "0s", "clear-after": "0s", description: "", more: "" },
};

/** A rule as the form shows it; what the form has no field for is JSON. */
export function draftOf(definition: Readonly<Record<string, unknown>>): Draft {
  const draft: Draft = { ...EMPTY };
  const more: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(definition)) {
    if (key === "by" && Array.isArray(value)) draft.by = value.join(", ");
    else if (key !== "more" && key in draft && (typeof value === "string" || typeof value === "number"))
      (draft as unknown as Record<string, string>)[key] = String(value);
    else more[key] = value;
  }
  if (Object.keys(more).length > 0) draft.more = JSON.stringify(more);
  return draft;
}

/** A number where it is one: of a ratio, texts are not numbers with units. */
const valueOf = (text: string): string | number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** The rule of a form. @throws Error of JSON.parse for what is typed as further keys */
export function definitionOf(draft: Draft): Record<string, unknown> {
  const { name, condition, by, more } = draft;
  const rule: Record<string, unknown> = { name: name.trim(), condition };
  for (const key of TEXTS) if (draft[key].trim() !== "" && draft[key] !== EMPTY[key]) rule[key] = draft[key].trim();
  for (const field of fieldsOf(condition)) {
    const text = draft[field].trim();
    if (text === "") continue;
    if (field === "by") rule["by"] = by.split(",").flatMap((column) => (column.trim() === "" ? [] : [column.trim()]));
    else rule[field] = field === "metric" ? text : valueOf(text);
  }
  const further = more.trim() === "" ? {} : (JSON.parse(more) as object);
  return { ...rule, ...further };
}
