/** A row of a CSV file, its fields by the lower-case names of the first line. */
export interface CsvRow {
  /** From 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Rows of CSV (RFC 4180): fields with commas or quotes are in double quotes. Empty lines and lines that begin with `#`
 * are left out.
 */
export function* readCsv(text: string, fail: (line: number, fault: string) => never): Generator<CsvRow> {
  let names: readonly string[] | undefined;
  for (const { line, cells } of csvCells(text, fail)) {
    if (names === undefined) {
      names = cells.map((cell) => cell.trim().toLowerCase());
      continue;
    }
    if (cells.length > names.length) fail(line, `${cells.length} fields, but the first line names ${names.length}`);
    yield { line, fields: Object.fromEntries(cells.map((cell, i) => [names![i]!, cell.trim()])) };
  }
}

/** The fields of each line. */
export function* csvCells(
  text: string,
  fail: (line: number, fault: string) => never,
): Generator<{ readonly line: number; readonly cells: readonly string[] }> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    let row = lines[i]!;
    if (row.trim() === "" || row.startsWith("#")) continue;
    // A field in quotes may have line breaks.
    while (isOpen(row)) {
      if (++i >= lines.length) fail(line, "a quote is not closed");
      row += `\n${lines[i]!}`;
    }
    yield { line, cells: cellsOf(row) };
  }
}

function isOpen(row: string): boolean {
  let quotes = 0;
  for (const letter of row) if (letter === '"') quotes++;
  return quotes % 2 === 1;
}

function cellsOf(row: string): string[] {
  if (!row.includes('"')) return row.split(",");
  const cells: string[] = [];
  for (const [, quoted, plain] of row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"[^,]*|([^,]*))/g))
    cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
  return cells;
}
