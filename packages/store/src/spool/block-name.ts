/**
 * Name of a block file: `<made, Unix ms, 16 digits>-<sequence, 6 digits>-<id, 16 hex>-<rows>-<total>-<crc32, 8
 * hex>.native`. The checksum is of the whole file, so the file itself stays a plain Native block.
 */
export interface BlockName {
  /** 0 if the clock was before 1970. */
  readonly madeMs: number;
  readonly sequence: number;
  /** Random id of the block, 64 bits in hexadecimal. It keeps a repeated insert from repeating rows. */
  readonly id: string;
  readonly rows: number;
  /**
   * Rows acknowledged in this data directory up to the end of this block, since its first one. A block that disappears
   * is noticed by the total of a later one. Null in names of older releases, which had 13 digits of time and no total.
   */
  readonly total: number | null;
  readonly crc32: number;
}

const PATTERN = /^(\d{13,16})-(\d{6})-([0-9a-f]{16})-(\d{1,9})-(?:(\d{1,16})-)?([0-9a-f]{8})\.native$/;

export function formatBlockName(name: BlockName): string {
  const made = String(Math.max(0, Math.floor(name.madeMs))).padStart(16, "0");
  const sequence = String(name.sequence % 1_000_000).padStart(6, "0");
  const total = name.total === null ? "" : `${name.total}-`;
  return `${made}-${sequence}-${name.id}-${name.rows}-${total}${name.crc32.toString(16).padStart(8, "0")}.native`;
}

/** Undefined when the text is not the name of a block file. */
export function parseBlockName(text: string): BlockName | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  return {
    madeMs: Number(match[1]),
    sequence: Number(match[2]),
    id: match[3]!,
    rows: Number(match[4]),
    total: match[5] === undefined ? null : Number(match[5]),
    crc32: Number.parseInt(match[6]!, 16),
  };
}

/** Order of age, for `sort`. */
export function compareBlockNames(a: BlockName, b: BlockName): number {
  return a.madeMs - b.madeMs || a.sequence - b.sequence || (a.id < b.id ? -1 : 1);
}
