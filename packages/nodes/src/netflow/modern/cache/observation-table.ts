import type { Observation } from "../../flow-engine.ts";
import type { Arena } from "./arena.ts";

const MAX_CONTEXTS = 0xffff;

/**
 * Numbers for (input interface, output interface, direction): 16 bits that are part of every flow key and from which a
 * record's interface fields come. Number 0 is "not known" and takes what no longer fits.
 */
export class ObservationTable {
  readonly inputIf: Uint16Array;
  readonly outputIf: Uint16Array;
  readonly direction: Uint8Array;
  readonly #numbers = new Map<number, number>();

  constructor(arena: Arena) {
    this.inputIf = arena.uint16(MAX_CONTEXTS + 1);
    this.outputIf = arena.uint16(MAX_CONTEXTS + 1);
    this.direction = arena.bytes(MAX_CONTEXTS + 1);
  }

  /** The number for packets of a slot and direction that were received on interface `rcvIfIndex` (0: none). */
  number(where: Observation, rcvIfIndex: number): number {
    const ingress = where.direction === 0;
    const input = ingress && where.ifIndex !== 0 ? where.ifIndex : rcvIfIndex;
    const output = ingress ? 0 : where.ifIndex;
    const key = (input * 65536 + output) * 2 + where.direction;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const next = this.#numbers.size + 1;
    if (next > MAX_CONTEXTS) return 0;
    this.#numbers.set(key, next);
    this.inputIf[next] = input;
    this.outputIf[next] = output;
    this.direction[next] = where.direction;
    return next;
  }
}
