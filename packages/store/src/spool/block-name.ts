/**
 * Name of a block file: `<made, Unix ms, 13 digits>-<sequence, 6 digits>-<id, 16 hex>-<rows>-<crc32, 8 hex>.native`.
 * Names sort by age; the checksum is of the whole file, so the file itself stays a plain Native block.
 */
export interface BlockName {
  readonly madeMs: number;
  readonly sequence: number;
  /** Random id of the block, 64 bits in hexadecimal. It keeps a repeated insert from repeating rows. */
  readonly id: string;
  readonly rows: number;
  readonly crc32: number;
}

const PATTERN = /^(\d{13})-(\d{6})-([0-9a-f]{16})-(\d{1,9})-([0-9a-f]{8})\.native$/;

export function formatBlockName(name: BlockName): string {
  const made = String(name.madeMs).padStart(13, "0");
  const sequence = String(name.sequence % 1_000_000).padStart(6, "0");
  return `${made}-${sequence}-${name.id}-${name.rows}-${name.crc32.toString(16).padStart(8, "0")}.native`;
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
    crc32: Number.parseInt(match[5]!, 16),
  };
}
