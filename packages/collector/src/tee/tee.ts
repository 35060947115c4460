import { networkInterfaces } from "node:os";
import { isMulticast, type Log, plainAddress } from "@ngflow/base";
import type { ListenAddress } from "../config.ts";
import { CollectorError } from "../errors.ts";
import { AllowedExporters } from "../session/allowed-exporters.ts";
import { type TeeConfig, teeName, TeeTarget } from "./tee-target.ts";

/** Repeats the datagrams of the exporters that may send, byte for byte, to other collectors. */
export class Tee {
  readonly #targets: readonly TeeTarget[];
  readonly #allowed: AllowedExporters | undefined;
  #flushDue = false;
  #closed = false;

  /**
   * @param allowExporters as in the settings of the collector
   * @throws CollectorError `tee-target` when a target cannot be used
   */
  constructor(configs: readonly TeeConfig[], allowExporters: readonly string[], log: Log) {
    const targets: TeeTarget[] = [];
    this.#targets = targets;
    this.#allowed = allowExporters.length > 0 ? new AllowedExporters(allowExporters) : undefined;
    for (const config of configs) {
      try {
        targets.push(new TeeTarget(config, log));
      } catch (cause) {
        this.close();
        throw new CollectorError("tee-target", `--tee ${teeName(config)}: ${(cause as Error).message}; check it`, {
          cause,
        });
      }
    }
  }

  /** Queues a datagram for every target; it is sent at the end of the turn at the latest. */
  send(bytes: Uint8Array, start: number, end: number, address: string, port: number): void {
    if (this.#closed || (this.#allowed !== undefined && !this.#allowed.has(address))) return;
    for (const target of this.#targets) target.send(bytes, start, end, address, port);
    if (this.#flushDue) return;
    this.#flushDue = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushDue = false;
    if (!this.#closed) for (const target of this.#targets) target.flush();
  };

  /** Of all targets, and of each by its name. */
  counters(): Readonly<Record<string, number>> {
    const all = { teeSent: 0, teeDropped: 0, teeRefused: 0 };
    const each: Record<string, number> = {};
    for (const target of this.#targets) {
      const { sent, dropped, refused } = target.counters();
      all.teeSent += sent;
      all.teeDropped += dropped;
      all.teeRefused += refused;
      const name = teeName(target.config);
      each[`teeSent:${name}`] = sent;
      each[`teeDropped:${name}`] = dropped;
      each[`teeRefused:${name}`] = refused;
    }
    return { ...all, ...each };
  }

  /** Sends what waits, waiting at most 0.2 s for each target, and closes. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const target of this.#targets) target.close();
  }
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(["::", "0.0.0.0"]);

function isOwn(host: string): boolean {
  if (isMulticast(host) || host.startsWith("127.") || host === "::1" || EVERY_ADDRESS.has(host)) return true;
  return Object.values(networkInterfaces()).some((all) => all!.some(({ address }) => address === host));
}

/**
 * Refuses targets at which this collector itself listens: each datagram would come back for ever.
 * @throws CollectorError `tee-loop`
 */
export function refuseLoops(configs: readonly TeeConfig[], listening: readonly ListenAddress[]): void {
  for (const config of configs) {
    const host = plainAddress(config.host);
    const loop = listening.find(
      (own) =>
        own.port === config.port &&
        (own.host.split("%", 1)[0] === host ||
          (!isMulticast(host) && (EVERY_ADDRESS.has(host) || EVERY_ADDRESS.has(own.host)))),
    );
    if (loop === undefined || !isOwn(host)) continue;
    throw new CollectorError(
      "tee-loop",
      `--tee ${teeName(config)}: this collector listens there itself; name another collector`,
    );
  }
}
