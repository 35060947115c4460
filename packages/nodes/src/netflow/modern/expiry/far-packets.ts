/** A packet so far from the time of the engine is not believed by itself. */
export const JUMP_US = 60e6;
/** So many of them in a row, all ahead or all behind, are. */
export const AGREEING_PACKETS = 32;

/**
 * Packets in a row that are far from the time of the engine: whether time follows them. A packet with a wrong stamp is
 * alone; after a gap in a capture, or after a step of the clock that stamped it, all packets are far.
 */
export class FarPackets {
  /** How many there are so far. */
  packets = 0;
  /** Of their times, in microseconds: the one nearest to the time of the engine, the first one and the last one. */
  nearestUs = 0;
  leastUs = 0;
  mostUs = 0;

  /**
   * Takes in a packet that is far from `nowUs`. The array is passed on, not its element: a number handed over would be
   * an object.
   * @returns true when time is to go to `nearestUs`; then the row is complete, and the next packet begins another
   */
  add(timesUs: Float64Array, i: number, nowUs: number): boolean {
    const timeUs = timesUs[i]!;
    if (this.packets !== 0 && this.nearestUs > nowUs !== timeUs > nowUs) this.packets = 0;
    if (this.packets === 0) {
      this.nearestUs = timeUs;
      this.leastUs = timeUs;
      this.mostUs = timeUs;
    }
    this.packets++;
    if (timeUs < this.leastUs) this.leastUs = timeUs;
    if (timeUs > this.mostUs) this.mostUs = timeUs;
    this.nearestUs = timeUs > nowUs ? this.leastUs : this.mostUs;
    return this.packets === AGREEING_PACKETS;
  }
}
