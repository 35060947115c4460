import { BpfProgram, isValidProgram } from "@ngflow/nodes/bpf-program";
import { type BpfInstruction, compileFileFilter, instructionsOf, LONGEST_FILTER, parseSocketFilter } from "@ngflow/os";
import type { FrameChoice } from "@ngflow/wire/capture";
import { OptionsError } from "../options/errors.ts";

/** Keeps no frame. */
const NOTHING = new BpfProgram([{ code: 6, jt: 0, jf: 0, k: 0 }]);

/**
 * The frames of a capture file that `tcpdump -r FILE EXPRESSION` prints: one program for each link type of the file,
 * compiled when its first frame comes, over the bytes that were captured.
 *
 * A frame is passed over as well when the program reads beyond them.
 */
export class FrameFilter implements FrameChoice {
  readonly #text: string;
  /** Given as a compiled program, for whatever link type it was compiled for. */
  readonly #given: BpfProgram | undefined;
  /** By link type; by `-1 - linkType` for big-endian files. */
  readonly #programs = new Map<number, BpfProgram>();
  #latestLink = -1;
  #latestOrder = true;
  #latest = NOTHING;

  /**
   * @param text an expression of pcap-filter(7), or a program as `tcpdump -ddd` prints it
   * @throws OptionsError `capture-filter` for a program that is not sound
   */
  constructor(text: string) {
    this.#text = text;
    const given = parseSocketFilter(text);
    this.#given = given === undefined ? undefined : this.#checked(instructionsOf(given));
  }

  /** @throws OptionsError `capture-filter` or `libpcap-absent` with the first frame of a link type. */
  keeps(
    buffer: Uint8Array,
    offset: number,
    length: number,
    wireLength: number,
    linkType: number,
    littleEndian: boolean,
  ): boolean {
    if (linkType !== this.#latestLink || littleEndian !== this.#latestOrder) {
      this.#latest = this.#programFor(linkType, littleEndian);
      this.#latestLink = linkType;
      this.#latestOrder = littleEndian;
    }
    return this.#latest.run(buffer, offset, length, wireLength) !== 0;
  }

  #programFor(linkType: number, littleEndian: boolean): BpfProgram {
    if (this.#given !== undefined) return this.#given;
    const key = littleEndian ? linkType : -1 - linkType;
    let program = this.#programs.get(key);
    if (program === undefined) {
      const compiled = compileFileFilter(this.#text, linkType, littleEndian);
      if ("why" in compiled) {
        const how = compiled.absent ? "; install it, or pass the output of tcpdump -ddd" : "";
        const code = compiled.absent ? "libpcap-absent" : "capture-filter";
        throw new OptionsError(code, `--filter "${this.#text}": ${compiled.why}${how}`);
      }
      this.#programs.set(key, (program = this.#checked(compiled.instructions)));
    }
    return program;
  }

  #checked(instructions: readonly BpfInstruction[]): BpfProgram {
    if (isValidProgram(instructions, LONGEST_FILTER)) return new BpfProgram(instructions);
    const why = `not a sound program of at most ${LONGEST_FILTER} instructions`;
    throw new OptionsError("capture-filter", `--filter "${this.#text}": ${why}; compile it with tcpdump -ddd`);
  }
}
