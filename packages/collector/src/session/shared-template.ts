import { elementById, type FieldSpecifier, type Protocol, type Template } from "@ngflow/wire";
import type { ColumnPlan } from "../plan/column-plan.ts";
import type { OptionsPlan } from "../plan/options-plan.ts";

/** A template and what was made of it, once for all sessions that have the same. */
export interface SharedTemplate {
  readonly template: Template;
  /** Made when the first data arrives; the one for options if it is an options template. */
  plan: ColumnPlan | undefined;
  optionsPlan: OptionsPlan | undefined;
  /** Where names are in flow records; absent where there are none. */
  names?: OptionsPlan;
}

/**
 * The distinct templates of all sessions. Exporters of one kind, and one exporter that restarts, send the same
 * templates: a session then costs little memory, and its first data no plan.
 */
export class SharedTemplates {
  readonly #byKey = new Map<string, { readonly shared: SharedTemplate; uses: number }>();

  /** Fields of the templates that are different. */
  fields = 0;

  /** Templates that are different. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Fields that `take` would add. */
  fieldsToAdd(protocol: Protocol, template: Template): number {
    return this.#byKey.has(keyOf(protocol, template)) ? 0 : template.fields.length;
  }

  /** The one that is the same as `template` of a protocol. Call `release` as often. */
  take(protocol: Protocol, template: Template): SharedTemplate {
    const key = keyOf(protocol, template);
    let entry = this.#byKey.get(key);
    if (entry === undefined) {
      entry = { shared: { template, plan: undefined, optionsPlan: undefined }, uses: 0 };
      this.#byKey.set(key, entry);
      this.fields += template.fields.length;
      KEYS.set(template, lastText);
    }
    entry.uses++;
    return entry.shared;
  }

  release(protocol: Protocol, { template }: SharedTemplate): void {
    const key = keyOf(protocol, template);
    const entry = this.#byKey.get(key)!;
    entry.uses--;
    if (entry.uses > 0) return;
    this.#byKey.delete(key);
    this.fields -= template.fields.length;
  }
}

/** The keys of shared templates, without the protocol. */
const KEYS = new WeakMap<Template, string>();
/** The template that was looked up last, and its key: one that is learnt is looked up twice. */
let last: Template | undefined;
let lastText = "";

/** What a template says. The protocol belongs to it: the same field number has another element in another protocol. */
function keyOf({ number }: Protocol, template: Template): string {
  if (template !== last) {
    lastText = KEYS.get(template) ?? textOf(template);
    last = template;
  }
  return `${number} ${lastText}`;
}

function textOf({ id, options, scopeCount, fields, emptyFields }: Template): string {
  const kind = options ? `options ${scopeCount}` : "flows";
  return `${id} ${kind} ${emptyFields} ${fields.map(fieldText).join(" ")}`;
}

/** An element that the exporter described belongs to it: another exporter may mean something else by the same id. */
function fieldText({ pen, id, length, element }: FieldSpecifier): string {
  const text = `${pen}.${id}.${length}`;
  return element === undefined || elementById(pen, id) === element ? text : `${text}=${element.name}:${element.type}`;
}
