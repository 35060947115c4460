import { readFileSync } from "node:fs";
import type { NameTable } from "@ngflow/flows";
import { nameText } from "./text.ts";
import { whenReplaced } from "./whole-file.ts";

/** Reads the names of ASes that a collector wrote; the same object as long as it wrote no others. */
export function asNameReader(path: string): () => NameTable<"as"> {
  return whenReplaced<NameTable<"as">>(path, {}, (before) => {
    try {
      const names = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
      const known = Object.entries(names).map(([number, name]): [number, string] => [Number(number), nameText(name)]);
      return { name: new Map(known.filter(([number, name]) => Number.isInteger(number) && name !== "")) };
    } catch {
      // It is being replaced, or damaged: the names of before hold.
      return before;
    }
  });
}
