import { COLUMNS } from "@ngflow/flows";

const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ...COLUMNS.flatMap((column): [string, string][] =>
    "opposite" in column ? [[column.name.toLowerCase(), column.opposite]] : [],
  ),
  ["src", "dst"],
  ["dst", "src"],
  ["clientaddr", "ServerAddr"],
  ["serveraddr", "ClientAddr"],
]);

/** The name of the other end or direction: `DstAddr` of `SrcAddr`, `DstAddr/24` of `SrcAddr/24`; itself without one. */
export function reverseName(name: string): string {
  const [column = name, ...masks] = name.split("/");
  return [OPPOSITES.get(column.toLowerCase()) ?? column, ...masks].join("/");
}

/** The filter of the answers to what a filter keeps: source and destination, input and output are exchanged. */
export function reverseFilter(filter: string): string {
  const word = /"[^"]*"?|'[^']*'?|\b(in|out)(?=\s+if\b)|[A-Za-z][A-Za-z0-9_.]*/gi;
  return filter.replace(word, (text, side: string | undefined) => {
    if (side !== undefined) return side.toLowerCase() === "in" ? "out" : "in";
    return OPPOSITES.get(text.toLowerCase()) ?? text;
  });
}

/** Whether the answers differ from what is asked for: some dimension or the filter has a direction. */
export function hasDirection(dims: readonly string[], filter: string): boolean {
  return dims.some((name) => reverseName(name) !== name) || reverseFilter(filter) !== filter;
}
