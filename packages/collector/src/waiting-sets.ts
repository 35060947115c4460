import type { CurrentMessage } from "./current-message.ts";
import type { DecoderTotals } from "./decoder-totals.ts";
import type { RecordContext } from "./plan/record-context.ts";
import type { RecordReader } from "./record-reader.ts";
import type { HeldSets } from "./session/held-sets.ts";
import type { Session } from "./session/session.ts";
import { SET_WORK } from "./work.ts";

/** What waiting sets need of the decoder. */
export interface WaitingSetsDeps {
  readonly held: HeldSets;
  readonly message: CurrentMessage;
  readonly reader: RecordReader;
  readonly totals: DecoderTotals;
  /** An error of the decoder itself. */
  readonly failed: (error: unknown) => void;
}

/** Sets of the current message that wait for their template, and those whose template has come. */
export class WaitingSets {
  readonly #deps: WaitingSetsDeps;
  readonly #context: RecordContext;

  constructor(deps: WaitingSetsDeps) {
    this.#deps = deps;
    this.#context = deps.reader.context;
  }

  /** Whether there is room for a set of `size` bytes. */
  admit(session: Session, size: number): boolean {
    return this.#deps.held.admit(session, size, this.#context.receivedMs);
  }

  /** Keeps a set that was admitted, with the times of its message. The bytes are copied. */
  hold(session: Session, templateId: number, bytes: Uint8Array, start: number, end: number): void {
    const { receivedMs, exportMs, clockMs, sysUpTimeMs } = this.#context;
    const set = { bytes: bytes.slice(start, end), receivedMs, exportMs, clockMs, sysUpTimeMs };
    this.#deps.held.hold(session, templateId, set);
  }

  /**
   * Decodes sets that waited for their template, with the times of the messages they came in, until the work is used
   * up. Their records do not count for the sequence number of a message. Never throws.
   */
  decodeReady(): void {
    const { held, message, reader, totals } = this.#deps;
    const { state } = message;
    let ready = held.ready();
    try {
      for (; ready !== undefined; ready = held.ready()) {
        const { session, known } = ready;
        const { bytes, receivedMs, exportMs, clockMs, sysUpTimeMs } = ready.sets[ready.next]!;
        if (state.work < SET_WORK) return;
        state.work -= SET_WORK;
        message.enter(session, receivedMs, exportMs, clockMs, sysUpTimeMs);
        ready.offset = reader.read(session, known.shared, bytes, ready.offset, bytes.length);
        if (ready.offset < bytes.length) return;
        held.done(ready);
        totals.setsRecovered++;
      }
    } catch (error) {
      held.done(ready!);
      this.#deps.failed(error);
    }
  }
}
