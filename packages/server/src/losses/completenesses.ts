import {
  type AnswerRange,
  askUnsettled,
  completenessOf,
  type ExporterStatus,
  type KnownLosses,
  type LossWatch,
  type PieceReader,
  withTimeouts,
} from "@ngflow/flows";
import { OWN_CALLER } from "../access/caller.ts";
import type { QueryGate } from "../answers/query-gate.ts";

/** How long it is believed how long flows are under way, milliseconds. */
const BELIEVED_MS = 60_000;

interface CompletenessDeps {
  readonly watch: LossWatch;
  readonly reader: PieceReader;
  /** That of the server itself. */
  readonly gate: QueryGate;
  /** What the exporters say of themselves. */
  readonly exporters: () => Promise<readonly ExporterStatus[]>;
  readonly nowMs: () => number;
}

/** How long flows of an exporter take, at most. */
interface Lag {
  readonly exporter: string;
  readonly ms: number;
}

/** Tells every answer of a server what it lacks. */
export class Completenesses {
  readonly #deps: CompletenessDeps;
  #askedMs: number | undefined;
  #asking: Promise<void> = Promise.resolve();
  #lags: readonly Lag[] = [];

  constructor(deps: CompletenessDeps) {
    this.#deps = deps;
  }

  /** What is known now. Only the first caller waits for the store; later ones have what it said last. */
  async known(): Promise<KnownLosses> {
    const { reader, watch, nowMs } = this.#deps;
    const now = nowMs();
    const isFirst = this.#askedMs === undefined && reader.sqlInPieces !== undefined;
    if (this.#askedMs === undefined || Math.abs(now - this.#askedMs) > BELIEVED_MS) {
      this.#askedMs = now;
      this.#asking = this.#ask(now);
    }
    if (isFirst) await this.#asking;
    const unsettled = this.#lags.map(({ exporter, ms }) => ({ fromMs: now - ms, exporter }));
    return { watched: watch.watched, losses: watch.losses, unsettled };
  }

  /** The frame of an answer about flows with its completeness; another one as it is. */
  added<F extends object>(frame: F, known: KnownLosses): F {
    return "from" in frame && "to" in frame
      ? { ...frame, completeness: completenessOf(frame as unknown as AnswerRange, known) }
      : frame;
  }

  async #ask(nowMs: number): Promise<void> {
    const { gate, reader, exporters } = this.#deps;
    if (reader.sqlInPieces === undefined) return;
    try {
      const work = async (signal: AbortSignal) => ({ found: await askUnsettled(reader, nowMs, signal), bytes: 0 });
      const held = await gate.run({ caller: OWN_CALLER, rows: 1 }, work);
      held.release();
      const found = withTimeouts(held.answer.found, await exporters(), nowMs);
      this.#lags = found.map(({ exporter, fromMs }) => ({ exporter, ms: nowMs - fromMs }));
    } catch {
      // The store is busy or closing; the next minute asks again.
      this.#lags = [];
    }
  }
}
