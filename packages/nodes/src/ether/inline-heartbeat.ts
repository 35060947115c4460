import { libc, loadProgram, ProgramPage } from "@ngflow/os";
import { BEAT_WORD, beat, SILENCE_NS } from "./inline-programs.ts";

/** Interval of beats; the rest of `SILENCE_NS` is for a thread that is late. */
const BEAT_MS = 100;
const NS_PER_MS = 1_000_000n;
/** Words of the page that count the frames that bypassed the process, by direction. */
export const BYPASSED_WORDS = { in: BEAT_WORD + 1, out: BEAT_WORD + 2 } as const;

/** Frames that bypassed this process because its thread did not run. */
export interface Bypassed {
  /** Times that the beat stopped for longer than `SILENCE_NS`. */
  readonly times: number;
  /** Milliseconds during which frames bypassed. */
  readonly ms: number;
  readonly packets: number;
}

/**
 * The sign of life of the thread that passes an interface's frames. Every beat writes the kernel's time into a page
 * that the programs on the interface read; they let frames bypass the process while the last beat is too old. The
 * thread beats from its event loop, so a thread that is stopped, or loops, does not.
 */
export class InlineHeartbeat {
  readonly page: ProgramPage;
  readonly #programFd: number;
  readonly #timer: NodeJS.Timeout;
  #times = 0;
  #ms = 0;

  /**
   * Beats at once, and then from the event loop until `close`.
   * @param resumed called by the first beat after frames bypassed, with how long and how many.
   * @throws KernelError EPERM without CAP_BPF.
   */
  constructor(cannot: string, resumed: (ms: number, packets: number) => void) {
    this.page = new ProgramPage(cannot);
    try {
      this.#programFd = loadProgram(beat(this.page), cannot);
    } catch (error) {
      this.page.close();
      throw error;
    }
    this.page.run(this.#programFd);
    let packets = 0;
    this.#timer = setInterval(() => {
      const ms = this.#beat();
      if (ms === 0) return;
      this.#times++;
      this.#ms += ms;
      resumed(ms, this.#packets() - packets);
      packets = this.#packets();
    }, BEAT_MS).unref();
  }

  /** Returns how many milliseconds frames bypassed before this beat. */
  #beat(): number {
    const before = this.page.words[BEAT_WORD]!;
    this.page.run(this.#programFd);
    const bypassed = this.page.words[BEAT_WORD]! - before - BigInt(SILENCE_NS);
    return bypassed <= 0n ? 0 : Number(bypassed / NS_PER_MS) + 1;
  }

  #packets(): number {
    const { words } = this.page;
    return Number(words[BYPASSED_WORDS.in]! + words[BYPASSED_WORDS.out]!);
  }

  bypassed(): Bypassed {
    return { times: this.#times, ms: this.#ms, packets: this.#packets() };
  }

  close(): void {
    clearInterval(this.#timer);
    libc().close(this.#programFd);
    this.page.close();
  }
}
