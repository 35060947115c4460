import {
  DATA_TYPES,
  describedElement,
  type InformationElement,
  type RecordReading,
  type Template,
  withElements,
} from "@ngflow/wire";

/** Most elements that are kept over the whole run. */
const MAX_ELEMENTS = 65_536;

/** The elements of the exporters' own that they describe by type information records (RFC 5610). */
export class DescribedElements {
  readonly #bySession = new Map<string, Map<string, InformationElement>>();
  /** When a template was looked at, counted by what was described until then. */
  readonly #seen = new WeakMap<Template, number>();
  #changes = 0;
  #count = 0;

  /** Learns what an options record of a session says, if it is such a record. */
  learn(session: string, { scope, fields }: RecordReading): void {
    const all = { ...scope, ...fields };
    const { informationElementId: id, informationElementName: name, informationElementDataType: type } = all;
    const { privateEnterpriseNumber: pen = 0 } = all;
    if (typeof id !== "number" || typeof name !== "string" || typeof pen !== "number") return;
    const element = describedElement(pen, id, name, typeof type === "number" ? DATA_TYPES[type] : undefined);
    if (element === undefined) return;
    const known = this.#bySession.get(session) ?? new Map<string, InformationElement>();
    const before = known.get(`${pen}.${id}`);
    if (before?.name === element.name && before.type === element.type) return;
    if (before === undefined && this.#count++ >= MAX_ELEMENTS) return;
    known.set(`${pen}.${id}`, element);
    this.#bySession.set(session, known);
    this.#changes++;
  }

  /** Forgets the elements of a session that has ended. */
  forget(session: string): void {
    this.#count -= this.#bySession.get(session)?.size ?? 0;
    this.#bySession.delete(session);
  }

  /** A template with the elements of its session, else with those of `whole`, the session of domain 0. */
  named(session: string, whole: string, template: Template): Template {
    if (this.#changes === 0 || this.#seen.get(template) === this.#changes) return template;
    const own = this.#bySession.get(session);
    const ofAll = this.#bySession.get(whole);
    const key = (pen: number, id: number): string => `${pen}.${id}`;
    const named =
      own === undefined && ofAll === undefined
        ? template
        : withElements(template, (pen, id) => own?.get(key(pen, id)) ?? ofAll?.get(key(pen, id)));
    this.#seen.set(named, this.#changes);
    return named;
  }
}
