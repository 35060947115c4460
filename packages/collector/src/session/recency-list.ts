/** A place in a RecencyList. An item has one for every list that it may be in. */
export class Place<T> {
  readonly item: T;
  /** The list it is in, undefined for none. */
  list: RecencyList<T> | undefined;
  older: Place<T> | undefined;
  newer: Place<T> | undefined;

  constructor(item: T) {
    this.item = item;
  }
}

/** Items in the order in which they were last used. Every change takes the same time, whatever the length. */
export class RecencyList<T> {
  size = 0;
  #oldest: Place<T> | undefined;
  #newest: Place<T> | undefined;

  get oldest(): Place<T> | undefined {
    return this.#oldest;
  }

  /** Makes an item the newest of this list. It leaves the list that its place was in. */
  use(place: Place<T>): void {
    if (this.#newest === place) return;
    place.list?.remove(place);
    place.list = this;
    place.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = place;
    else this.#newest.newer = place;
    this.#newest = place;
    this.size++;
  }

  /** Takes an item out; nothing happens when it is not in this list. */
  remove(place: Place<T>): void {
    if (place.list !== this) return;
    if (place.older === undefined) this.#oldest = place.newer;
    else place.older.newer = place.newer;
    if (place.newer === undefined) this.#newest = place.older;
    else place.newer.older = place.older;
    place.list = place.older = place.newer = undefined;
    this.size--;
  }
}
