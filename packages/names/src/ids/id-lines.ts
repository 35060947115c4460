import { TABLE_FIELDS } from "@ngflow/flows";

const KINDS = ["network", "place"] as const;
export type IdKind = (typeof KINDS)[number];

/** What a number stands for: a text for each field of its kind; empty where there is none. */
export interface IdEntry {
  readonly kind: IdKind;
  readonly texts: Readonly<Record<string, string>>;
}

/** A line of the file: a number, or up to which number all are taken. */
export type IdLine = { readonly reserved: number } | { readonly id: number; readonly entry: IdEntry };

/** Equal for entries with the same texts. */
export function idKey({ kind, texts }: IdEntry): string {
  return JSON.stringify([kind, ...TABLE_FIELDS[kind].map((field) => texts[field] ?? "")]);
}

const MAX_ID = 0xffff_ffff;

/** A line as it was written; undefined for one that is damaged. */
export function parseLine(line: string): IdLine | undefined {
  if (line === "") return undefined;
  let value: Readonly<Record<string, unknown>>;
  try {
    value = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const isNumber = (number: unknown): number is number =>
    typeof number === "number" && Number.isInteger(number) && number > 0 && number <= MAX_ID;
  if (isNumber(value["reserved"])) return { reserved: value["reserved"] };
  const kind = KINDS.find((each) => each === value["kind"]);
  if (kind === undefined || !isNumber(value["id"])) return undefined;
  const texts = TABLE_FIELDS[kind].map((field): [string, string] => [field, textOf(value[field])]);
  return { id: value["id"], entry: { kind, texts: Object.fromEntries(texts) } };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
