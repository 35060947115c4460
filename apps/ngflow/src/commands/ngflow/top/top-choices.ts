/** What keys choose: metrics and groupings in turn, after those of the command line. */
const METRICS = ["bps", "pps", "bytes", "packets", "flows"] as const;
const GROUPINGS = [
  ["SrcAddr", "DstAddr"],
  ["SrcAddr"],
  ["DstAddr"],
  ["ServerAddr", "ServicePort"],
  ["Proto", "ServicePort"],
  ["ExporterAddr", "InIf"],
] as const;

/** A choice that a key changes. */
export class Choice<T> {
  readonly #all: readonly T[];
  #at = 0;

  constructor(first: T, others: readonly T[]) {
    this.#all = [first, ...others.filter((other) => String(other) !== String(first))];
  }

  get value(): T {
    return this.#all[this.#at]!;
  }

  next(): void {
    this.#at = (this.#at + 1) % this.#all.length;
  }
}

export function metricChoice(first: string): Choice<string> {
  return new Choice<string>(first, METRICS);
}

export function groupingChoice(first: readonly string[]): Choice<readonly string[]> {
  return new Choice<readonly string[]>(first, GROUPINGS);
}
