import { toHex } from "@ngflow/base";
import type { LearnedName } from "../learned-name.ts";

/** An element whose values some rows have under `PEN.ID`, because it had no name when they were received. */
export interface LateElement {
  /** `PEN.ID`. */
  readonly id: string;
  readonly type: string;
  /** By domain, the exporters that described it so; 0 is all domains. Absent: all exporters. */
  readonly exporters?: ReadonlyMap<number, readonly string[]>;
}

/** The information elements that this process knows, and how their values are read. Types are abstract data types. */
export interface ElementRegistry {
  byName(name: string): { readonly pen: number; readonly id: number; readonly type: string } | undefined;
  byId(pen: number, id: number): { readonly name: string; readonly type: string } | undefined;
  /** A value as `ngflow decode` prints it. */
  text(bytes: Uint8Array, type: string): string;
}

/** Knows none. */
export const NO_REGISTRY: ElementRegistry = {
  byName: () => undefined,
  byId: () => undefined,
  text: (bytes) => `0x${toHex(bytes)}`,
};

/** Key of a field without a name: `PEN.ID`, or `PEN.ID.N` for the N-th of a record. */
const ID_KEY = /^(\d{1,10}\.\d{1,5})(\.\d{1,5})?$/;
const MADE = new WeakMap<readonly LearnedName[], ElementNames>();

/** The names that elements have now: those of the registry, and those that exporters sent (RFC 5610). */
export class ElementNames {
  readonly #byName = new Map<string, LateElement[]>();
  /** By exporter, domain and id: name and type. */
  readonly #byId = new Map<string, { readonly name: string; readonly type: string }>();

  readonly #registry: ElementRegistry;

  /** Made once for an array of names. */
  static of(learned: readonly LearnedName[], registry: ElementRegistry): ElementNames {
    let made = MADE.get(learned);
    if (made === undefined || made.#registry !== registry)
      MADE.set(learned, (made = new ElementNames(learned, registry)));
    return made;
  }

  private constructor(learned: readonly LearnedName[], registry: ElementRegistry) {
    this.#registry = registry;
    const groups = new Map<string, { name: string; id: string; type: string; exporters: Map<number, string[]> }>();
    for (const { kind, name, id, description, exporter, domain, to } of learned) {
      if (kind !== "element" || to !== null) continue;
      const type = description.split(":", 1)[0]!;
      this.#byId.set(`${exporter} ${domain} ${id}`, { name, type });
      const key = `${name} ${id} ${type}`;
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { name, id, type, exporters: new Map() }));
      group.exporters.set(domain, [...(group.exporters.get(domain) ?? []), exporter]);
    }
    for (const { name, ...element } of groups.values())
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), element]);
  }

  /** The elements that have a name. */
  named(name: string): readonly LateElement[] {
    const element = this.#registry.byName(name);
    if (element !== undefined) return [{ id: `${element.pen}.${element.id}`, type: element.type }];
    return this.#byName.get(name) ?? [];
  }

  /** Fields of a row with the names that they have now. A field that has none, or that is there already, stays. */
  rename(fields: Readonly<Record<string, string>>, exporter: string, domain: number): Readonly<Record<string, string>> {
    let renamed: Record<string, string> | undefined;
    for (const [key, text] of Object.entries(fields)) {
      const [, id, nth = ""] = ID_KEY.exec(key) ?? [];
      const element = id === undefined ? undefined : this.#element(id, exporter, domain);
      if (element === undefined || `${element.name}${nth}` in fields) continue;
      renamed ??= { ...fields };
      delete renamed[key];
      renamed[`${element.name}${nth}`] = this.#text(text, element.type);
    }
    return renamed ?? fields;
  }

  /** A value that was kept as hexadecimal, as its type says. */
  #text(text: string, type: string): string {
    if (!/^0x([0-9a-f]{2})*$/.test(text)) return text;
    const bytes = Uint8Array.from(text.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    return this.#registry.text(bytes, type);
  }

  #element(id: string, exporter: string, domain: number): { name: string; type: string } | undefined {
    const [pen, number] = id.split(".").map(Number) as [number, number];
    return (
      this.#registry.byId(pen, number) ??
      this.#byId.get(`${exporter} ${domain} ${id}`) ??
      this.#byId.get(`${exporter} 0 ${id}`)
    );
  }
}
