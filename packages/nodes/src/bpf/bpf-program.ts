import type { BpfInstruction } from "@ngflow/os";

/** Longest program, as in the kernel. */
export const MAX_INSTRUCTIONS = 512;
const MEMORY_WORDS = 16;

const LD = 0x00;
const LDX = 0x01;
const ST = 0x02;
const STX = 0x03;
const ALU = 0x04;
const JMP = 0x05;
const RET = 0x06;
const MISC = 0x07;

const W = 0x00;
const H = 0x08;
const B = 0x10;

const IMM = 0x00;
const ABS = 0x20;
const IND = 0x40;
const MEM = 0x60;
const LEN = 0x80;
const MSH = 0xa0;

const ADD = 0x00;
const SUB = 0x10;
const MUL = 0x20;
const DIV = 0x30;
const OR = 0x40;
const AND = 0x50;
const LSH = 0x60;
const RSH = 0x70;
const NEG = 0x80;
const MOD = 0x90;
const XOR = 0xa0;

const JA = 0x00;
const JEQ = 0x10;
const JGT = 0x20;
const JGE = 0x30;
const JSET = 0x40;

const X = 0x08;
const A = 0x10;
const TAX = 0x00;
const TXA = 0x80;

/** The codes that exist; ALU and JMP with K and X operands. */
const CODES: ReadonlySet<number> = new Set([
  ...[W, H, B].flatMap((size) => [LD | size | ABS, LD | size | IND]),
  LD | IMM,
  LD | MEM,
  LD | LEN,
  LDX | IMM,
  LDX | MEM,
  LDX | LEN,
  LDX | B | MSH,
  ST,
  STX,
  ...[ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, MOD, XOR].flatMap((op) => [ALU | op, ALU | op | X]),
  ALU | NEG,
  JMP | JA,
  ...[JEQ, JGT, JGE, JSET].flatMap((op) => [JMP | op, JMP | op | X]),
  RET,
  RET | A,
  MISC | TAX,
  MISC | TXA,
]);

/**
 * Whether a program is safe to run: known codes, jumps forward within it, memory in range, a return at the end.
 * @param longest most instructions
 */
export function isValidProgram(program: readonly BpfInstruction[], longest = MAX_INSTRUCTIONS): boolean {
  const last = program.length - 1;
  if (last < 0 || program.length > longest || (program[last]!.code & 7) !== RET) return false;
  return program.every(({ code, jt, jf, k }, i) => {
    if (!CODES.has(code)) return false;
    const kind = code & 7;
    if (kind === JMP) return i + 1 + (code === (JMP | JA) ? k : Math.max(jt, jf)) <= last;
    if (code === ST || code === STX || code === (LD | MEM) || code === (LDX | MEM)) return k < MEMORY_WORDS;
    return (code !== (ALU | DIV) && code !== (ALU | MOD)) || k !== 0;
  });
}

/** A checked program, ready to run. */
export class BpfProgram {
  readonly instructions: readonly BpfInstruction[];
  readonly #codes: Uint16Array;
  readonly #ifTrue: Uint8Array;
  readonly #ifFalse: Uint8Array;
  readonly #operands: Uint32Array;
  readonly #memory = new Uint32Array(MEMORY_WORDS);

  /** The caller has checked the program with `isValidProgram`. */
  constructor(instructions: readonly BpfInstruction[]) {
    this.instructions = instructions;
    this.#codes = Uint16Array.from(instructions, ({ code }) => code);
    this.#ifTrue = Uint8Array.from(instructions, ({ jt }) => jt);
    this.#ifFalse = Uint8Array.from(instructions, ({ jf }) => jf);
    this.#operands = Uint32Array.from(instructions, ({ k }) => k);
  }

  /**
   * Runs over the packet of `length` bytes at `at`, which had `wireLength` on the wire. Returns how many bytes of it to
   * keep; 0: no match, also after a load beyond the packet or a division by zero.
   */
  run(bytes: Uint8Array, at: number, length: number, wireLength: number): number {
    const codes = this.#codes;
    const operands = this.#operands;
    const memory = this.#memory;
    memory.fill(0);
    let a = 0;
    let x = 0;
    for (let pc = 0; ; pc++) {
      const code = codes[pc]!;
      const k = operands[pc]!;
      switch (code & 7) {
        case LD:
        case LDX: {
          const value = this.#load(code, k, x, bytes, at, length, wireLength);
          if (value < 0) return 0;
          if ((code & 7) === LD) a = value;
          else x = value;
          break;
        }
        case ST:
          memory[k] = a;
          break;
        case STX:
          memory[k] = x;
          break;
        case ALU: {
          const operand = (code & X) === 0 ? k : x;
          if (operand === 0 && ((code & 0xf0) === DIV || (code & 0xf0) === MOD)) return 0;
          a = calculate(code & 0xf0, a, operand);
          break;
        }
        case JMP:
          if (code === (JMP | JA)) pc += k;
          else pc += compare(code & 0xf0, a, (code & X) === 0 ? k : x) ? this.#ifTrue[pc]! : this.#ifFalse[pc]!;
          break;
        case RET:
          return code === RET ? k : a;
        default:
          if (code === (MISC | TAX)) x = a;
          else a = x;
      }
    }
  }

  /** The value that a load instruction reads, -1 beyond the packet. */
  #load(code: number, k: number, x: number, bytes: Uint8Array, at: number, length: number, wireLength: number): number {
    switch (code & 0xe0) {
      case IMM:
        return k;
      case MEM:
        return this.#memory[k]!;
      case LEN:
        return wireLength;
      case MSH:
        return k < length ? (bytes[at + k]! & 0x0f) * 4 : -1;
      default: {
        const offset = (code & 0xe0) === IND ? k + x : k;
        const size = code & 0x18;
        const width = size === W ? 4 : size === H ? 2 : 1;
        if (offset + width > length) return -1;
        let value = 0;
        for (let i = 0; i < width; i++) value = value * 256 + bytes[at + offset + i]!;
        return value;
      }
    }
  }
}

/** Unsigned 32-bit arithmetic. */
function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case ADD:
      return (a + operand) >>> 0;
    case SUB:
      return (a - operand) >>> 0;
    case MUL:
      return Math.imul(a, operand) >>> 0;
    case DIV:
      return Math.floor(a / operand);
    case MOD:
      return a % operand;
    case OR:
      return (a | operand) >>> 0;
    case AND:
      return (a & operand) >>> 0;
    case XOR:
      return (a ^ operand) >>> 0;
    case LSH:
      return operand > 31 ? 0 : (a << operand) >>> 0;
    case RSH:
      return operand > 31 ? 0 : a >>> operand;
    default:
      return -a >>> 0;
  }
}

function compare(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case JEQ:
      return a === operand;
    case JGT:
      return a > operand;
    case JGE:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
