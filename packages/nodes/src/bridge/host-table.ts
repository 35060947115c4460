import type { Hook } from "@ngflow/graph";

const MIN_BUCKETS = 32;
const MAX_BUCKETS = 16384;
/** Hosts remembered at most; further ones are refused, so that forged addresses cost a bounded amount of memory. */
export const MAX_HOSTS = 65_536;

/** A learned Ethernet address: its first two and last four octets as little-endian numbers, the latter signed. */
export interface Host {
  readonly head: number;
  readonly tail: number;
  link: Hook;
  /** Seconds since the host's first frame on its link. */
  age: number;
  /** Seconds since the host's latest frame. */
  staleness: number;
  next: Host | null;
}

/** Learned addresses in the kernel's buckets, newest first within each, which is the order of `gettable`. */
export class HostTable {
  /** Hosts in the table. */
  count = 0;
  #buckets: (Host | null)[] = emptyBuckets(MIN_BUCKETS);

  /** Buckets at present. */
  get size(): number {
    return this.#buckets.length;
  }

  get(head: number, tail: number): Host | null {
    let host = this.#buckets[this.#index(head, tail)] ?? null;
    while (host !== null && (host.tail !== tail || host.head !== head)) host = host.next;
    return host;
  }

  /** Adds a host that the caller has found absent. False: the table is full. */
  add(head: number, tail: number, link: Hook): boolean {
    if (this.count >= MAX_HOSTS) return false;
    const index = this.#index(head, tail);
    this.#buckets[index] = { head, tail, link, age: 0, staleness: 0, next: this.#buckets[index] ?? null };
    this.count++;
    this.resize();
    return true;
  }

  /** Removes the hosts for which `drop` is true. The buckets stay as many as they are. */
  remove(drop: (host: Host) => boolean): void {
    for (let i = 0; i < this.#buckets.length; i++) {
      let previous: Host | null = null;
      for (let host = this.#buckets[i] ?? null; host !== null; host = host.next) {
        if (!drop(host)) previous = host;
        else {
          if (previous === null) this.#buckets[i] = host.next;
          else previous.next = host.next;
          this.count--;
        }
      }
    }
  }

  *[Symbol.iterator](): IterableIterator<Host> {
    for (const bucket of this.#buckets) for (let host = bucket; host !== null; host = host.next) yield host;
  }

  #index(head: number, tail: number): number {
    return (head ^ tail ^ (tail >>> 16)) & (this.#buckets.length - 1);
  }

  /** Doubles the buckets when there are more hosts, and quarters them when there are less than a quarter as many. */
  resize(): void {
    const { size, count } = this;
    if (count > size && size * 2 <= MAX_BUCKETS) this.#rehash(size * 2);
    else if (count < size / 4 && size / 4 >= MIN_BUCKETS) this.#rehash(size / 4);
  }

  #rehash(size: number): void {
    const hosts = [...this];
    this.#buckets = emptyBuckets(size);
    for (const host of hosts) {
      const index = this.#index(host.head, host.tail);
      host.next = this.#buckets[index] ?? null;
      this.#buckets[index] = host;
    }
  }
}

function emptyBuckets(size: number): (Host | null)[] {
  return Array.from({ length: size }, () => null);
}
