import { COUNTED, type Counted, type Counts } from "./questions.ts";

/** Groups of ours that are compared: the largest of each metric, or all if there are fewer. */
export interface OwnGroups {
  /** Values of a metric by the text of the group; absent groups have none. */
  readonly largest: Readonly<Record<Counted, ReadonlyMap<string, number>>>;
  readonly total: Counts;
  /** Whether each metric has all groups. */
  readonly isWhole: boolean;
}

/** A group or a total that is not the same. */
export interface GroupDifference {
  /** The value of the group; null for the total. */
  readonly group: string | null;
  readonly metric: Counted;
  readonly ngflow: number;
  readonly nfdump: number;
}

/** Compares groups while the others' are read one by one, however many there are. */
export class GroupsCompared {
  readonly #own: OwnGroups;
  readonly #least: Readonly<Record<Counted, number>>;
  readonly #seen: Readonly<Record<Counted, Set<string>>>;
  readonly #differences: GroupDifference[] = [];
  readonly #total: Record<Counted, number> = { flows: 0, packets: 0, bytes: 0 };
  #groups = 0;

  constructor(own: OwnGroups) {
    this.#own = own;
    const each = <T>(make: (metric: Counted) => T): Record<Counted, T> => ({
      flows: make("flows"),
      packets: make("packets"),
      bytes: make("bytes"),
    });
    this.#least = each((metric) => (own.isWhole ? -1 : Math.min(...own.largest[metric].values())));
    this.#seen = each(() => new Set<string>());
  }

  /** A group of nfdump. */
  take(group: string, counts: Counts): void {
    this.#groups++;
    for (const metric of COUNTED) {
      const theirs = counts[metric];
      this.#total[metric] += theirs;
      const own = this.#own.largest[metric].get(group);
      if (own !== undefined) this.#seen[metric].add(group);
      // A smaller group is in the sum of all others, and so in the total.
      else if (theirs <= this.#least[metric] || theirs === 0) continue;
      if ((own ?? 0) !== theirs) this.#differences.push({ group, metric, ngflow: own ?? 0, nfdump: theirs });
    }
  }

  /** What differs, when all groups were taken. */
  end(): { readonly groups: number; readonly total: Counts; readonly differences: readonly GroupDifference[] } {
    for (const metric of COUNTED) {
      for (const [group, own] of this.#own.largest[metric])
        if (own !== 0 && !this.#seen[metric].has(group))
          this.#differences.push({ group, metric, ngflow: own, nfdump: 0 });
      const [own, theirs] = [this.#own.total[metric], this.#total[metric]];
      if (own !== theirs) this.#differences.push({ group: null, metric, ngflow: own, nfdump: theirs });
    }
    return { groups: this.#groups, total: this.#total, differences: this.#differences };
  }
}
