import type { BpfInstruction } from "./bpf-instruction.ts";

/** BPF_RET | BPF_K: keep this many bytes of the frame, 0 to drop it. */
const RETURN_CONSTANT = 0x06;
const INSTRUCTION_BYTES = 8;
/** BPF_MAXINSNS: most instructions of a program. */
export const LONGEST_FILTER = 4096;

/**
 * A classic BPF program for SO_ATTACH_FILTER: how many bytes of a frame the kernel keeps. Plain data, so threads share
 * it.
 */
export interface SocketFilter {
  /** struct sock_filter { u16 code; u8 jt, jf; u32 k }, one after another, little-endian. */
  readonly bytes: Uint8Array;
  readonly instructions: number;
}

/** A choice of packets by what they begin with. */
export interface LinkFilter {
  readonly ethernet: SocketFilter;
  /** For packets that begin with the IP header; undefined when the choice needs an Ethernet header. */
  readonly raw: SocketFilter | undefined;
}

/** A program of these instructions. */
export function socketFilterOf(instructions: readonly BpfInstruction[]): SocketFilter {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, { code, jt, jf, k }] of instructions.entries()) {
    const at = i * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  }
  return { bytes, instructions: instructions.length };
}

/** The instructions of a program. */
export function instructionsOf({ bytes, instructions }: SocketFilter): BpfInstruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: instructions }, (_, i) => {
    const at = i * INSTRUCTION_BYTES;
    const code = view.getUint16(at, true);
    return { code, jt: view.getUint8(at + 2), jf: view.getUint8(at + 3), k: view.getUint32(at + 4, true) };
  });
}

/** Keeps at most `length` bytes of every frame. */
export function keepBytes(length: number): SocketFilter {
  return socketFilterOf([{ code: RETURN_CONSTANT, jt: 0, jf: 0, k: length }]);
}

/** Lets no frame in. */
export const KEEP_NOTHING: SocketFilter = keepBytes(0);

/** The same choice of frames, of which at most `length` bytes are kept. */
export function limited({ bytes, instructions }: SocketFilter, length: number): SocketFilter {
  const shorter = bytes.slice();
  const view = new DataView(shorter.buffer);
  for (let at = 0; at < shorter.length; at += INSTRUCTION_BYTES) {
    if (view.getUint16(at, true) === RETURN_CONSTANT) {
      view.setUint32(at + 4, Math.min(view.getUint32(at + 4, true), length), true);
    }
  }
  return { bytes: shorter, instructions };
}

/**
 * Reads a compiled program as `tcpdump -ddd` prints it: the number of instructions, then `code jt jf k` of each, on
 * lines of their own or with commas in between (the form of iptables' bpf match). Whether it is sound is for the kernel
 * to say.
 * @returns undefined for anything else.
 */
export function parseSocketFilter(text: string): SocketFilter | undefined {
  const [count, ...lines] = text.trim().split(/\s*[\n,]\s*/);
  if (lines.at(-1) === "") lines.pop();
  if (!/^\d+$/.test(count ?? "") || Number(count) !== lines.length) return undefined;
  if (lines.length === 0 || lines.length > LONGEST_FILTER) return undefined;
  const instructions: BpfInstruction[] = [];
  for (const line of lines) {
    if (!/^\d{1,5} \d{1,3} \d{1,3} \d{1,10}$/.test(line)) return undefined;
    const [code, jt, jf, k] = line.split(" ").map(Number) as [number, number, number, number];
    if (code > 0xffff || jt > 0xff || jf > 0xff || k > 0xffff_ffff) return undefined;
    instructions.push({ code, jt, jf, k });
  }
  return socketFilterOf(instructions);
}
