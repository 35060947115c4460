import { parseIp } from "@ngflow/base";
import type { ElementNames, LateElement } from "../names/element-names.ts";
import { hexForms } from "../names/hex-forms.ts";
import type { Entry, EntryTest } from "./entry.ts";
import { both, either } from "./predicates.ts";
import type { Literal, Predicate } from "./tree.ts";

/** Types whose bytes a database reads as numbers. */
const NUMBERS: Readonly<Record<string, "unsigned" | "signed" | "float">> = {
  ...Object.fromEntries([8, 16, 32, 64].map((bits) => [`unsigned${bits}`, "unsigned"] as const)),
  ...Object.fromEntries([8, 16, 32, 64].map((bits) => [`signed${bits}`, "signed"] as const)),
  float32: "float",
  float64: "float",
};

/** A field of Extra by its name: rows that were received before it had the name have it as `PEN.ID`, with its bytes. */
export function resolveEntry(entry: Entry, elements: ElementNames): Predicate {
  const [, name = entry.key, nth = ""] = /^(.*?)(\.\d{1,5})?$/s.exec(entry.key) ?? [];
  const late = elements.named(name).flatMap((element): Predicate[] => {
    const test = lateTest(entry.test, element);
    if (test === undefined) return [];
    const old: Entry = { kind: "entry", key: `${element.id}${nth}`, test };
    return element.exporters === undefined ? [old] : [both([old, either(ownersOf(element.exporters))])];
  });
  return either([entry, ...late]);
}

function lateTest(test: EntryTest, { type }: LateElement): EntryTest | undefined {
  if (test.is === "there") return test;
  if (test.is === "number") {
    const bytes = NUMBERS[type];
    return bytes === undefined ? undefined : { ...test, bytes };
  }
  if (test.is === "oneOf" && type === "string") return { is: "string", texts: test.texts };
  const texts = test.is === "oneOf" ? test.texts.flatMap((text) => hexForms(type, text)) : [];
  return texts.length === 0 ? undefined : { is: "oneOf", texts };
}

/** The exporters for which a description holds. */
function ownersOf(exporters: NonNullable<LateElement["exporters"]>): Predicate[] {
  return [...exporters].map(([domain, addresses]): Predicate => {
    const values = addresses.flatMap((address): Literal[] => {
      const bytes = parseIp(address);
      return bytes === undefined ? [] : [{ kind: "ip", bytes }];
    });
    const owner: Predicate = { kind: "oneOf", column: "ExporterAddr", values };
    if (domain === 0) return owner;
    const value: Literal = { kind: "uint", value: BigInt(domain) };
    return both([owner, { kind: "compare", column: "Domain", operator: "=", value }]);
  });
}
