import { createRequire } from "node:module";
import type { BpfInstruction } from "./bpf-instruction.ts";

type Koffi = typeof import("koffi");
type Pointer = bigint;

/** The functions of libpcap that compile a filter (pcap_compile(3PCAP)). */
interface Libpcap {
  readonly koffi: Koffi;
  openDead(linkType: number, snapLength: number): Pointer;
  /** A capture file in memory (pcap_open_offline(3PCAP)); 0 with the reason in `why`, which has PCAP_ERRBUF_SIZE. */
  openMemory(file: Uint8Array, why: Uint8Array): Pointer;
  compile(handle: Pointer, program: Uint8Array, text: string, optimize: number, netmask: number): number;
  error(handle: Pointer): string;
  freeCode(program: Uint8Array): void;
  close(handle: Pointer): void;
}

const NAMES = ["libpcap.so.0.8", "libpcap.so.1", "libpcap.so", "libpcap.A.dylib"];
const SNAP_BYTES = 262_144;
const NETMASK_UNKNOWN = 0xffffffff;
const WHY_BYTES = 256;
/** `struct bpf_program` on 64-bit machines: a count, and at 8 a pointer to instructions of 8 bytes. */
const PROGRAM_BYTES = 16;
const POINTER_AT = 8;
const INSTRUCTION_BYTES = 8;

let loaded: Libpcap | null | undefined;

/** Binds libpcap, once; null where it is not installed. */
function libpcap(): Libpcap | null {
  if (loaded !== undefined) return loaded;
  loaded = null;
  for (const name of NAMES) {
    try {
      const koffi = createRequire(import.meta.url)("koffi") as Koffi;
      const library = koffi.load(name);
      const call = <F>(signature: string): F => library.func(signature) as unknown as F;
      loaded = {
        koffi,
        openDead: call("uintptr_t pcap_open_dead(int linkType, int snapLength)"),
        openMemory: bindOpenMemory(koffi, call("uintptr_t pcap_fopen_offline(uintptr_t file, void *why)")),
        compile: call("int pcap_compile(uintptr_t p, void *program, const char *text, int optimize, uint32_t netmask)"),
        error: call("const char *pcap_geterr(uintptr_t p)"),
        freeCode: call("void pcap_freecode(void *program)"),
        close: call("void pcap_close(uintptr_t p)"),
      };
      break;
    } catch {
      // Not under this name, or no koffi for this machine.
    }
  }
  return loaded;
}

/**
 * A filter as a program; or why there is none: libpcap is not installed (`absent`), or it does not understand the text.
 */
export type CompiledFilter =
  | { readonly instructions: readonly BpfInstruction[] }
  | { readonly absent: boolean; readonly why: string };

type FopenOffline = (file: Pointer, why: Uint8Array) => Pointer;

/** Reading from memory takes fmemopen(3), which is the C library's. */
function bindOpenMemory(koffi: Koffi, fopenOffline: FopenOffline): Libpcap["openMemory"] {
  return (file, why) => {
    const libc = koffi.load(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6");
    const fmemopen = libc.func("uintptr_t fmemopen(void *bytes, size_t length, const char *mode)") as unknown as (
      bytes: Uint8Array,
      length: number,
      mode: string,
    ) => Pointer;
    return fopenOffline(fmemopen(file, file.length, "r"), why);
  };
}

/**
 * Compiles a filter expression (pcap-filter(7)) for packets of a link type (DLT_*). Host names in it would be looked up
 * during the call, so the caller has to refuse them first.
 */
export function compileFilter(text: string, linkType: number): CompiledFilter {
  return compileWith(text, (pcap) => {
    const handle = pcap.openDead(linkType, SNAP_BYTES);
    return Number(handle) === 0 ? `link type ${linkType} is not known` : handle;
  });
}

/**
 * Compiles a filter expression for frames of a capture file, as `tcpdump -r` does. That differs from a link type
 * alone: null headers have their family in the byte order of the file, and IPv6 has the numbers of the BSDs there.
 * @param linkType LINKTYPE_… of the file (tcpdump.org/linktypes.html)
 */
export function compileFileFilter(text: string, linkType: number, littleEndian: boolean): CompiledFilter {
  return compileWith(text, (pcap) => {
    const file = new Uint8Array(24);
    const header = new DataView(file.buffer);
    header.setUint32(0, 0xa1b2c3d4, littleEndian);
    header.setUint16(4, 2, littleEndian);
    header.setUint16(6, 4, littleEndian);
    header.setUint32(16, SNAP_BYTES, littleEndian);
    header.setUint32(20, linkType, littleEndian);
    const why = new Uint8Array(WHY_BYTES);
    const handle = pcap.openMemory(file, why);
    return Number(handle) === 0 ? Buffer.from(why).toString("latin1").replace(/\0.*$/s, "") : handle;
  });
}

/** @param open returns a handle, or why there is none */
function compileWith(text: string, open: (pcap: Libpcap) => Pointer | string): CompiledFilter {
  const pcap = libpcap();
  if (pcap === null) return { absent: true, why: "libpcap is not installed (Debian: libpcap0.8)" };
  const handle = open(pcap);
  if (typeof handle === "string") return { absent: false, why: handle };
  const program = new Uint8Array(PROGRAM_BYTES);
  try {
    if (pcap.compile(handle, program, text, 1, NETMASK_UNKNOWN) !== 0) {
      return { absent: false, why: pcap.error(handle) };
    }
    const view = new DataView(program.buffer);
    const length = view.getUint32(0, true) * INSTRUCTION_BYTES;
    const code = new DataView(pcap.koffi.view(view.getBigUint64(POINTER_AT, true), length).slice(0));
    pcap.freeCode(program);
    return {
      instructions: Array.from({ length: length / INSTRUCTION_BYTES }, (_, i) => ({
        code: code.getUint16(i * INSTRUCTION_BYTES, true),
        jt: code.getUint8(i * INSTRUCTION_BYTES + 2),
        jf: code.getUint8(i * INSTRUCTION_BYTES + 3),
        k: code.getUint32(i * INSTRUCTION_BYTES + 4, true),
      })),
    };
  } finally {
    pcap.close(handle);
  }
}
