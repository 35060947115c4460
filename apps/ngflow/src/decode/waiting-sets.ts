import type { Template } from "@ngflow/wire";
import type { LineHead } from "./line-head.ts";

/** Most bytes of data sets that wait for their template, over the whole run. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Memory of a waiting set in addition to its bytes. */
const SET_OVERHEAD_BYTES = 512;

export interface HeldSet {
  readonly bytes: Uint8Array;
  /** Offset of the set's body in the input. */
  readonly offset: number;
  readonly head: LineHead;
}

/** Sets whose template has arrived and that are not printed yet. */
export interface ReadySets {
  readonly key: string;
  readonly template: Template;
  readonly sets: readonly HeldSet[];
  /** The set to print next, and where it goes on. */
  next: number;
  at: number;
}

/** Data sets that wait for their template, and those whose template has come. A key is of an exporter and domain. */
export class WaitingSets {
  /** In the order in which their templates came. */
  readonly ready: ReadySets[] = [];
  readonly #held = new Map<string, Map<number, HeldSet[]>>();
  #bytes = 0;

  /** Keeps a copy of a set. False if there is no room. */
  hold(key: string, templateId: number, bytes: Uint8Array, offset: number, head: LineHead): boolean {
    const size = bytes.length + SET_OVERHEAD_BYTES;
    if (this.#bytes + size > MAX_HELD_BYTES) return false;
    this.#bytes += size;
    const set = { bytes: bytes.slice(), offset, head };
    let templates = this.#held.get(key);
    if (templates === undefined) this.#held.set(key, (templates = new Map()));
    const sets = templates.get(templateId);
    if (sets === undefined) templates.set(templateId, [set]);
    else sets.push(set);
    return true;
  }

  /** A template has come: what waited for it is ready. */
  release(key: string, template: Template): void {
    const waiting = this.#held.get(key);
    const sets = waiting?.get(template.id);
    if (waiting === undefined || sets === undefined) return;
    waiting.delete(template.id);
    if (waiting.size === 0) this.#held.delete(key);
    this.ready.push({ key, template, sets, next: 0, at: 0 });
  }

  /** A set was printed. */
  done({ bytes }: HeldSet): void {
    this.#bytes -= bytes.length + SET_OVERHEAD_BYTES;
  }

  /** Takes out what still waits: sets by the template that never came. */
  *rest(): Generator<readonly [templateId: number, sets: readonly HeldSet[]]> {
    for (const templates of this.#held.values()) yield* templates;
    this.#held.clear();
  }
}
