import type { Instruction } from "@ngflow/os";

/** "ngfl": set on a frame while it is on its way between the interface and this process, cleared before it goes on. */
const MARK = 0x6e67_666c;
/** Offset of `mark` in struct __sk_buff. */
const MARK_OFFSET = 8;
/** Verdicts of a program: as if it were not there, and drop. */
const NEXT = -1;
const DROP = 2;
const BPF_REDIRECT = 23;
const BPF_F_INGRESS = 1;

const loadMark: Instruction = [0x61, 2, 1, MARK_OFFSET, 0];
const storeMark: Instruction = [0x63, 1, 2, MARK_OFFSET, 0];
const set = (register: number, value: number): Instruction => [0xb4, register, 0, 0, value];
const skipUnlessMarked = (count: number): Instruction => [0x56, 2, 0, count, MARK];
const exit: Instruction = [0x95, 0, 0, 0, 0];

/** Clears the mark and lets the frame go on. */
const release: readonly Instruction[] = [set(2, 0), storeMark, set(0, NEXT), exit];

/** Marks the frame and hands it to another interface: to be sent by it, or as if it had received it. */
function handTo(interfaceIndex: number, flags: number): Instruction[] {
  return [set(2, MARK), storeMark, set(1, interfaceIndex), set(2, flags), [0x85, 0, 0, 0, BPF_REDIRECT], exit];
}

/** For the interface: frames go to the TAP `tapIndex`, except those that come back from there. */
export function divertTo(tapIndex: number): Instruction[] {
  return [loadMark, skipUnlessMarked(release.length), ...release, ...handTo(tapIndex, 0)];
}

/** For what the TAP sends to its reader: diverted frames only, whatever else the host would send there is dropped. */
export function divertedOnly(): Instruction[] {
  return [loadMark, skipUnlessMarked(release.length), ...release, set(0, DROP), exit];
}

/** For what is written to the TAP: the host receives it on the interface. */
export function receiveOn(interfaceIndex: number): Instruction[] {
  return handTo(interfaceIndex, BPF_F_INGRESS);
}

/** For what is written to the TAP: the interface sends it. */
export function sendFrom(interfaceIndex: number): Instruction[] {
  return handTo(interfaceIndex, 0);
}
