import { libc, MAP_FAILED, MAP_PRIVATE_ANONYMOUS, MAP_SHARED, PROT_READ_WRITE } from "../libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "../linux-errno.ts";

/** Numbers of the system call bpf by Node's name of the architecture. */
const SYS_BPF: Readonly<Record<string, number>> = {
  x64: 321,
  arm64: 280,
  arm: 386,
  ppc64: 361,
  s390x: 351,
  riscv64: 280,
};
const BPF_MAP_CREATE = 0;
const BPF_PROG_LOAD = 5;
const BPF_PROG_TEST_RUN = 10;
const BPF_LINK_CREATE = 28;
const BPF_MAP_TYPE_ARRAY = 2;
const BPF_F_MMAPABLE = 1 << 10;
const BPF_PROG_TYPE_SCHED_CLS = 3;
const BPF_TCX_INGRESS = 46;
const BPF_TCX_EGRESS = 47;
const PAGE_BYTES = 4096;
const INSTRUCTIONS_AT = 1024;
const LICENSE_AT = 256;
const ATTRIBUTE_BYTES = 128;
/** Where the attribute and the frame of a run are in a shared page; what programs share is before them. */
const RUN_AT = 2048;
const FRAME_AT = 3072;
const FRAME_BYTES = 64;

/**
 * One instruction of an eBPF program (RFC 9669 section 3): opcode, destination and source register, offset, constant.
 */
export type Instruction = readonly [opcode: number, dst: number, src: number, offset: number, imm: number];

/** Side of an interface that a program is attached to: frames from the wire, or frames that the host sends. */
export type TrafficSide = "ingress" | "egress";

function bpf(command: number, attribute: Uint8Array | bigint, cannot: string): number {
  const c = libc();
  const number = SYS_BPF[process.arch];
  if (number === undefined) throw new KernelError(LINUX.EOPNOTSUPP, `${cannot}: no eBPF on ${process.arch}`);
  const fd = c.syscall(number, command, attribute, ATTRIBUTE_BYTES);
  if (fd >= 0) return fd;
  const errno = c.errno();
  const forbidden = errno === LINUX.EPERM || errno === LINUX.EACCES;
  const old = command === BPF_LINK_CREATE && errno === LINUX.EINVAL;
  const why = forbidden
    ? "the process lacks CAP_BPF or CAP_NET_ADMIN; run it with sudo"
    : old
      ? "the kernel is older than Linux 6.6"
      : linuxErrnoName(errno);
  throw new KernelError(forbidden ? LINUX.EPERM : old ? LINUX.EOPNOTSUPP : errno, `${cannot}: ${why}`);
}

/** Loads a classifier program. @returns its descriptor. @throws KernelError EPERM without CAP_BPF and CAP_NET_ADMIN. */
export function loadProgram(program: readonly Instruction[], cannot: string): number {
  const c = libc();
  const page = c.mmap(PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
  if (page === MAP_FAILED) throw new KernelError(c.errno(), `${cannot}: no memory`);
  try {
    const view = new DataView(c.view(page, PAGE_BYTES));
    program.forEach(([opcode, dst, src, offset, imm], i) => {
      const at = INSTRUCTIONS_AT + 8 * i;
      view.setUint8(at, opcode);
      view.setUint8(at + 1, dst | (src << 4));
      view.setInt16(at + 2, offset, true);
      view.setInt32(at + 4, imm, true);
    });
    [..."Dual BSD/GPL"].forEach((letter, i) => view.setUint8(LICENSE_AT + i, letter.charCodeAt(0)));
    view.setUint32(0, BPF_PROG_TYPE_SCHED_CLS, true);
    view.setUint32(4, program.length, true);
    view.setBigUint64(8, page + BigInt(INSTRUCTIONS_AT), true);
    view.setBigUint64(16, page + BigInt(LICENSE_AT), true);
    return bpf(BPF_PROG_LOAD, page, cannot);
  } finally {
    c.munmap(page, PAGE_BYTES);
  }
}

/**
 * A page of memory that programs and this process share: an array map with one value (bpf(2)), mapped into memory. It
 * is zero at first, and exists until its descriptor is closed and no program uses it.
 */
export class ProgramPage {
  /** For the instruction that loads the address of the page: see `loadPage`. */
  readonly fd: number;
  /** The page as 64-bit words in the machine's order; valid until `close`. */
  readonly words: BigUint64Array;
  readonly #address: bigint;

  /** @throws KernelError EPERM without CAP_BPF. */
  constructor(cannot: string) {
    const c = libc();
    const attribute = new Uint8Array(ATTRIBUTE_BYTES);
    const [keyBytes, entries] = [4, 1];
    const words = Uint32Array.of(BPF_MAP_TYPE_ARRAY, keyBytes, PAGE_BYTES, entries, BPF_F_MMAPABLE);
    attribute.set(new Uint8Array(words.buffer));
    this.fd = bpf(BPF_MAP_CREATE, attribute, cannot);
    this.#address = c.mmap(PAGE_BYTES, PROT_READ_WRITE, MAP_SHARED, this.fd);
    if (this.#address === MAP_FAILED) {
      const errno = c.errno();
      c.close(this.fd);
      throw new KernelError(errno, `${cannot}: no memory`);
    }
    this.words = new BigUint64Array(c.view(this.#address, PAGE_BYTES));
  }

  /** Runs a loaded program once, on an empty frame. Returns whether it ran. */
  run(programFd: number): boolean {
    const at = RUN_AT / 8;
    this.words[at] = BigInt(programFd);
    this.words[at + 1] = BigInt(FRAME_BYTES);
    this.words[at + 2] = this.#address + BigInt(FRAME_AT);
    const attribute = this.#address + BigInt(RUN_AT);
    return libc().syscall(SYS_BPF[process.arch]!, BPF_PROG_TEST_RUN, attribute, ATTRIBUTE_BYTES) === 0;
  }

  /** Gives back the descriptor and the memory; `words` must not be used after. */
  close(): void {
    const c = libc();
    c.munmap(this.#address, PAGE_BYTES);
    c.close(this.fd);
  }
}

/** Two instructions that load the address of a page into a register (RFC 9669 section 5.4, map by descriptor). */
export function loadPage(register: number, page: ProgramPage): Instruction[] {
  return [
    [0x18, register, 2, 0, page.fd],
    [0, 0, 0, 0, 0],
  ];
}

/**
 * Runs a program on every frame of one side of an interface (a "tcx" link) for as long as the returned descriptor is
 * open: the kernel detaches it when the process ends, however it ends.
 * @param cannot what the caller wanted, the beginning of an error message.
 * @throws KernelError EPERM without CAP_BPF and CAP_NET_ADMIN, EOPNOTSUPP before Linux 6.6, ENODEV without the
 *   interface.
 */
export function attachProgram(
  interfaceIndex: number,
  side: TrafficSide,
  program: readonly Instruction[],
  cannot: string,
): number {
  const programFd = loadProgram(program, cannot);
  try {
    const attribute = new Uint8Array(ATTRIBUTE_BYTES);
    const type = side === "ingress" ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
    attribute.set(new Uint8Array(Uint32Array.of(programFd, interfaceIndex, type).buffer));
    return bpf(BPF_LINK_CREATE, attribute, cannot);
  } finally {
    libc().close(programFd);
  }
}
