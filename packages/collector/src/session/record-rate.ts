/** Records that one address may send: so many a second, and those of one second at once. */
export class RecordRate {
  #left = 0;
  #atMs = -Infinity;

  /** Records that are allowed now. A clock that goes back refills nothing. */
  left(perSecond: number, nowMs: number): number {
    if (nowMs > this.#atMs) {
      this.#left = Math.min(perSecond, this.#left + ((nowMs - this.#atMs) / 1000) * perSecond);
    }
    this.#atMs = nowMs;
    return Math.floor(this.#left);
  }

  /** Takes records, at most as many as `left` allowed. */
  spend(records: number): void {
    this.#left -= records;
  }
}
