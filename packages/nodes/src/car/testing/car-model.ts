import { ERRNO } from "@ngflow/base";
import type { CarConfig, DirectionConfig, DirectionStats } from "../car-types.ts";

const int64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const uint64 = (value: bigint): bigint => BigInt.asUintN(64, value);

const QUEUE = 100;
const HZ = 1000n;

interface Packet {
  readonly id: number;
  readonly length: bigint;
}

/**
 * One direction of ng_car as its source describes it, statement by statement, in C's integers: what the node is
 * compared with. Time is whole milliseconds, which are ticks.
 */
export class CarModel {
  /** Packets that have left, by their numbers, since `take`. */
  #sent: number[] = [];
  readonly stats: DirectionStats = { passed: 0, dropped: 0, green: 0, yellow: 0, red: 0, errors: 0 };
  #conf: DirectionConfig = {
    ...{ cbs: 8192n, ebs: 8192n, cir: 10240n, pir: 0n, mode: 0, opt: 0 },
    ...{ greenAction: 1, yellowAction: 1, redAction: 2 },
  };
  #tc = 8192n;
  #te = 8192n;
  #last: number;
  readonly #q: Packet[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: number) {
    this.#last = nowMs;
  }

  take(): number[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  get waiting(): number {
    return this.#q.length;
  }

  /** The errno of setconf, and the settings in the node's own units. */
  static checked(config: CarConfig): { errno: number; down: DirectionConfig; up: DirectionConfig } {
    const [down, up] = [config.downstream, config.upstream].map((conf) => {
      if ((conf.opt & 2) === 0) return conf;
      const { cir, pir, cbs, ebs } = conf;
      return {
        ...conf,
        ...{ cir: uint64(cir * 1024n), pir: uint64(pir * 1024n), cbs: uint64(cbs * 125n), ebs: uint64(ebs * 125n) },
      };
    }) as [DirectionConfig, DirectionConfig];
    const bad = [down, up].some(
      ({ cir, pir, cbs, ebs, mode }) =>
        cir > 1_000_000_000n || pir > 1_000_000_000n || (cbs === 0n && ebs === 0n) || (mode === 3 && cir === 0n),
    );
    return { errno: bad ? ERRNO.EINVAL[0] : 0, down, up };
  }

  setconf(conf: DirectionConfig): void {
    this.#conf = conf;
    this.#tc = int64(conf.cbs);
    this.#te = conf.mode === 2 || conf.mode === 3 ? 0n : int64(conf.ebs);
  }

  receive(packet: Packet, nowMs: number): void {
    const conf = this.#conf;
    const { stats } = this;
    if (this.#q.length > 0) {
      this.#enqueue(packet, nowMs);
      return;
    }
    const len = this.#tokens(packet);
    if (this.#tc - len < 0n) this.#refill(nowMs);
    let action = conf.redAction;
    if (this.#tc - len >= 0n) {
      stats.green++;
      this.#tc -= len;
      action = conf.greenAction;
    } else if (conf.mode === 3) {
      this.#enqueue(packet, nowMs);
      return;
    } else if (conf.mode === 2) {
      if (uint64(len - (this.#tc - len)) > conf.ebs) {
        stats.red++;
        this.#te = 0n;
      } else if (uint64(this.#te + (len - this.#tc)) < conf.ebs) {
        stats.yellow++;
        this.#te += len - this.#tc;
        this.#tc -= len;
        action = conf.yellowAction;
      } else {
        stats.red++;
        this.#te = 0n;
      }
    } else if (this.#te - len >= 0n) {
      stats.yellow++;
      this.#te -= len;
      action = conf.yellowAction;
    } else stats.red++;
    if (action === 3) stats.errors++;
    else if (action !== 1) {
      stats.dropped++;
      return;
    }
    stats.passed++;
    this.#sent.push(packet.id);
  }

  /** Runs the callout, if it is due. */
  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#refill(nowMs);
    while (this.#tc >= 0n) {
      this.stats.passed++;
      this.#sent.push(this.#q.shift()!.id);
      const [next] = this.#q;
      if (next === undefined) break;
      this.#tc -= this.#tokens(next);
    }
    if (this.#q.length > 0) this.#schedule(nowMs);
  }

  #tokens({ length }: Packet): bigint {
    return (this.#conf.opt & 2) === 0 ? length : 128n;
  }

  #refill(nowMs: number): void {
    const conf = this.#conf;
    const delta = BigInt(nowMs - this.#last);
    const units = delta >= 1_000_000n ? 1000n << 20n : (delta << 20n) / 1000n;
    this.#tc += uint64(conf.cir * units) >> 23n;
    if (conf.mode === 0) {
      const over = int64(uint64(this.#tc) - conf.cbs);
      if (over > 0n) {
        this.#tc = int64(conf.cbs);
        this.#te += over;
        if (this.#te > int64(conf.ebs)) this.#te = int64(conf.ebs);
      }
    } else {
      if (this.#tc > int64(conf.cbs)) this.#tc = int64(conf.cbs);
      if (conf.mode === 1) {
        this.#te += uint64(conf.pir * units) >> 23n;
        if (this.#te > int64(conf.ebs)) this.#te = int64(conf.ebs);
      }
    }
    this.#last = nowMs;
  }

  #schedule(nowMs: number): void {
    this.#dueMs = nowMs + Number((-this.#tc * HZ * 8n) / this.#conf.cir) + 1;
  }

  #enqueue(packet: Packet, nowMs: number): void {
    const { stats } = this;
    const len = this.#q.length;
    if (len >= QUEUE - 1 || this.#te + BigInt(len) >= BigInt(QUEUE)) {
      stats.red++;
      stats.dropped++;
      this.#te = 0n;
      return;
    }
    stats.yellow++;
    this.#q.push(packet);
    if (len > 8) this.#te += BigInt(len - 8);
    if (len > 0) return;
    this.#tc -= this.#tokens(packet);
    this.#schedule(nowMs);
  }
}
