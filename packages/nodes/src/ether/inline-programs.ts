import { type Instruction, loadPage, type ProgramPage } from "@ngflow/os";

/** "ngfl": set on a frame while it is on its way between the interface and this process, cleared before it goes on. */
const MARK = 0x6e67_666c;
/** Offset of `mark` in struct __sk_buff. */
const MARK_OFFSET = 8;
/** Verdicts of a program: as if it were not there, and drop. */
const NEXT = -1;
const DROP = 2;
const BPF_KTIME_GET_NS = 5;
const BPF_REDIRECT = 23;
const BPF_F_INGRESS = 1;

/** Nanoseconds after the last beat from which frames bypass the process; less than a second, with the beat's delay. */
export const SILENCE_NS = 900_000_000;
/** Bytes of a word of the page. */
const WORD_BYTES = 8;
/** Word of the page with the time of the last beat, nanoseconds of the kernel's monotonic clock. */
export const BEAT_WORD = 0;

const loadMark: Instruction = [0x61, 2, 1, MARK_OFFSET, 0];
const storeMark: Instruction = [0x63, 1, 2, MARK_OFFSET, 0];
const call = (helper: number): Instruction => [0x85, 0, 0, 0, helper];
const set = (register: number, value: number): Instruction => [0xb4, register, 0, 0, value];
const skipUnlessMarked = (count: number): Instruction => [0x56, 2, 0, count, MARK];
const exit: Instruction = [0x95, 0, 0, 0, 0];

/** Clears the mark and lets the frame go on. */
const release: readonly Instruction[] = [set(2, 0), storeMark, set(0, NEXT), exit];

/** Marks the frame and hands it to another interface: to be sent by it, or as if it had received it. */
function handTo(interfaceIndex: number, flags: number): Instruction[] {
  return [set(2, MARK), storeMark, set(1, interfaceIndex), set(2, flags), call(BPF_REDIRECT), exit];
}

/** For the process: writes the kernel's time into the page. */
export function beat(page: ProgramPage): Instruction[] {
  return [
    ...loadPage(6, page),
    call(BPF_KTIME_GET_NS),
    [0x7b, 6, 0, BEAT_WORD * WORD_BYTES, 0], // page[BEAT_WORD] = r0
    set(0, 0),
    exit,
  ];
}

/**
 * For the interface: frames go to the TAP `tapIndex`, except those that come back from there, and except when the last
 * beat is older than `SILENCE_NS`: then they go on as if the program were not there.
 * @param bypassedWord word of the page that counts the frames that went on so.
 */
export function divertTo(tapIndex: number, page: ProgramPage, bypassedWord: number): Instruction[] {
  const bypass: readonly Instruction[] = [
    set(1, 1),
    [0xdb, 7, 1, bypassedWord * WORD_BYTES, 0], // page[bypassedWord] += r1, atomically
    set(0, NEXT),
    exit,
  ];
  return [
    loadMark,
    skipUnlessMarked(release.length),
    ...release,
    [0xbf, 6, 1, 0, 0], // r6 = r1, the frame: calls do not keep r1 to r5
    ...loadPage(7, page),
    call(BPF_KTIME_GET_NS),
    [0x79, 1, 7, BEAT_WORD * WORD_BYTES, 0], // r1 = page[BEAT_WORD]
    [0x1f, 0, 1, 0, 0], // r0 -= r1
    [0xb5, 0, 0, bypass.length, SILENCE_NS], // unless r0 > SILENCE_NS
    ...bypass,
    [0xbf, 1, 6, 0, 0],
    ...handTo(tapIndex, 0),
  ];
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
