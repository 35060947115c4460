import { setU16be, setU32be, u16be, u32be } from "@ngflow/base";
import { patchLong } from "./patch-long.ts";
import { MODE, type PatchOp } from "./patch-types.ts";

/** The operations of a configuration, to be run on packets. */
export class PatchProgram {
  private readonly offsets: Uint32Array;
  private readonly lengths: Uint8Array;
  private readonly modes: Uint16Array;
  /** The lower and the upper half of each value. */
  private readonly low: Uint32Array;
  private readonly high: Uint32Array;

  constructor(ops: readonly PatchOp[]) {
    this.offsets = Uint32Array.from(ops, ({ offset }) => offset);
    this.lengths = Uint8Array.from(ops, ({ length }) => length);
    this.modes = Uint16Array.from(ops, ({ mode }) => mode);
    this.low = Uint32Array.from(ops, ({ value }) => Number(value & 0xffff_ffffn));
    this.high = Uint32Array.from(ops, ({ value }) => Number(value >> 32n));
  }

  /**
   * Runs the operations one after the other on the packet of `length` bytes at `at`; those that reach beyond it are
   * left out. Numbers are in network byte order.
   * @param base where offsets count from, in the packet
   * @returns whether any operation was run.
   */
  run(bytes: Uint8Array, at: number, length: number, base: number): boolean {
    let patched = false;
    for (let n = 0; n < this.lengths.length; n++) {
      const size = this.lengths[n]!;
      // 32 bits as in the original, so that an offset may be negative; one before the packet is beyond it.
      const offset = (base + this.offsets[n]!) | 0;
      if (offset < 0 || offset + size > length) continue;
      patched = true;
      const where = at + offset;
      const mode = this.modes[n]!;
      const value = this.low[n]!;
      if (size === 1) bytes[where] = applied(mode, bytes[where]!, value);
      else if (size === 2) setU16be(bytes, where, applied(mode, u16be(bytes, where), value));
      else if (size === 4) setU32be(bytes, where, applied(mode, u32be(bytes, where), value));
      else patchLong(bytes, where, mode, this.high[n]!, value);
    }
    return patched;
  }
}

/**
 * The result in its lowest bits, as many as the number has. Shifts are by the lowest five bits of the value, as on
 * amd64. An unknown mode changes nothing.
 */
function applied(mode: number, number: number, value: number): number {
  switch (mode) {
    case MODE.set:
      return value;
    case MODE.add:
      return number + value;
    case MODE.subtract:
      return number - value;
    case MODE.multiply:
      return Math.imul(number, value);
    case MODE.divide:
      return Math.floor(number / value);
    case MODE.negate:
      return -number;
    case MODE.and:
      return number & value;
    case MODE.or:
      return number | value;
    case MODE.xor:
      return number ^ value;
    case MODE.shiftLeft:
      return number << value;
    case MODE.shiftRight:
      return number >>> value;
    default:
      return number;
  }
}
