import { readFileSync, statSync } from "node:fs";
import { addElement, DATA_TYPES, elementConflict, type InformationElement, isElementName } from "@ngflow/wire";
import { Option } from "commander";
import { isMap, isNode, LineCounter, parseDocument, type YAMLSeq, isSeq } from "yaml";
import { z } from "zod";
import { systemReason } from "../output/system-reason.ts";
import { OptionsError } from "./errors.ts";

export const elementsOption = (): Option =>
  new Option("--elements <file>", "YAML file of information elements that ngflow does not know: pen, id, name, type");

/** Largest file, and most elements of it. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ELEMENTS = 65_536;
const MAX_PEN = 0xffff_ffff;
const MAX_ID = 0x7fff;
/** RFC 7012 section 3.2. */
const SEMANTICS = ["default", "quantity", "totalCounter", "deltaCounter", "identifier", "flags"] as const;

const elementSchema = z.strictObject({
  pen: z.int().min(0).max(MAX_PEN),
  id: z.int().min(1).max(MAX_ID),
  name: z.string().refine(isElementName, "a name begins with a letter and has letters, digits, _ and -, at most 80"),
  type: z.enum(DATA_TYPES),
  semantics: z.enum(SEMANTICS).optional(),
  units: z.string().max(80).optional(),
});

/**
 * Adds the elements of a file to those that this process knows. The file is a list; each entry has the keys `pen` (0
 * for field types of NetFlow v9), `id`, `name` and `type`, and may have `semantics` and `units`, which are only
 * checked.
 * @throws OptionsError `elements-unreadable`, or `elements-invalid` with the line
 */
export function useElements(file: string | undefined): void {
  if (file === undefined) return;
  for (const { element, where } of readElements(file)) {
    const conflict = elementConflict(element);
    if (conflict !== undefined) throw new OptionsError("elements-invalid", `${where}: ${conflict}; remove the entry`);
    addElement(element);
  }
}

interface FileElement {
  readonly element: InformationElement;
  /** `FILE:LINE`. */
  readonly where: string;
}

function readElements(file: string): FileElement[] {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines });
  const fail = (offset: number, fault: string): never => {
    throw new OptionsError("elements-invalid", `${file}:${lines.linePos(offset).line || 1}: ${fault}`);
  };
  const error = document.errors[0];
  if (error !== undefined) fail(error.pos[0], error.message.split("\n")[0]!.replace(/ at line .*$/, ""));
  const { contents } = document;
  if (!isSeq(contents)) return fail(0, "expected a list, each entry with pen, id, name and type");
  const list: YAMLSeq = contents;
  if (list.items.length > MAX_ELEMENTS) fail(0, `more than ${MAX_ELEMENTS} elements`);
  return list.items.map((item) => {
    const at = isNode(item) ? (item.range?.[0] ?? 0) : 0;
    if (!isMap(item)) return fail(at, "expected pen, id, name and type");
    const result = elementSchema.safeParse(item.toJSON());
    if (!result.success) {
      const { path, message } = result.error.issues[0]!;
      const [key] = path;
      const value = key === undefined ? undefined : item.get(key, true);
      return fail(value?.range?.[0] ?? at, key === undefined ? message : `${String(key)}: ${message}`);
    }
    const { pen, id, name, type } = result.data;
    return { element: { pen, id, name, type }, where: `${file}:${lines.linePos(at).line}` };
  });
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new OptionsError("elements-unreadable", `--elements ${file}: cannot be read: ${systemReason(cause)}`);
  }
}
