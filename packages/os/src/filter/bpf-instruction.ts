/** Instruction of the classic BSD packet filter (bpf(4)). `code` has 16 bits, `jt` and `jf` 8, `k` 32. */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}
