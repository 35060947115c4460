import { BlockMemory, FlowBatch } from "@ngflow/flows";

/** Empty batches kept for reuse. */
const SPARE_BATCHES = 3;
/**
 * Rows of the first blocks. When one is full, the next are four times as large; when one of that size is due with less
 * than an eighth, they are smaller again.
 */
const FIRST_ROWS = 16_384;
const GROWTH = 4;
const FEW = 1 / 8;
/** From so many rows on, large pages save more time than the clearing of what is not used costs. */
const ADVISED_ROWS = 65_536;

/** The batches of a spool, whose size follows the rate of the rows, and the memory of their encoded columns. */
export class BlockBatches {
  readonly #mostRows: number;
  readonly #leastRows: number;
  readonly #advise: ((memory: Uint8Array) => void) | undefined;
  /** Empty ones, of the size of the next. */
  readonly #spare: FlowBatch[] = [];
  /** Memory of encoded columns of blocks that were written. */
  readonly #memories: BlockMemory[] = [];
  #rows: number;

  /** @param advise as in SpoolDeps */
  constructor(mostRows: number, advise?: (memory: Uint8Array) => void) {
    this.#mostRows = mostRows;
    this.#leastRows = Math.min(FIRST_ROWS, mostRows);
    this.#rows = this.#leastRows;
    this.#advise = advise;
  }

  /** Rows of the next batch. */
  get rows(): number {
    return this.#rows;
  }

  /** An empty batch. */
  take(): FlowBatch {
    return this.#spare.pop() ?? new FlowBatch(this.#rows, this.#rows >= ADVISED_ROWS ? this.#advise : undefined);
  }

  /** Takes a batch back whose rows are written. */
  keep(batch: FlowBatch): void {
    batch.rows = 0;
    if (batch.capacity === this.#rows && this.#spare.length < SPARE_BATCHES) this.#spare.push(batch);
  }

  /** Chooses the size of the batches that follow one. */
  follow({ isFull, rows, capacity }: FlowBatch): void {
    if (capacity !== this.#rows) return;
    if (isFull) this.#rows = Math.min(this.#mostRows, capacity * GROWTH);
    else if (rows < capacity * FEW) this.#rows = Math.max(this.#leastRows, capacity / GROWTH);
    if (capacity !== this.#rows) this.#spare.length = this.#memories.length = 0;
  }

  /** Memory for the columns of a block, until `keepMemory`. */
  takeMemory(): BlockMemory {
    const memory = this.#memories.pop() ?? new BlockMemory();
    memory.clear();
    return memory;
  }

  keepMemory(memory: BlockMemory): void {
    this.#memories.push(memory);
  }
}
