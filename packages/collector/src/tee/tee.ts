import { networkInterfaces } from "node:os";
import { isMulticast, type Log, plainAddress } from "@ngflow/base";
import type { CollectorSettings, ListenAddress } from "../config.ts";
import { CollectorError } from "../errors.ts";
import { AllowedExporters } from "../session/allowed-exporters.ts";
import { Anonymiser } from "./anonymiser.ts";
import { type TeeConfig, teeName, TeeTarget } from "./tee-target.ts";

/** The settings of a collector that a tee needs. */
export type TeeSettings = Pick<CollectorSettings, "tee" | "allowExporters" | "sessionBy">;

/** The counters of no tee. */
export const NO_TEE = { teeSent: 0, teeDropped: 0, teeRefused: 0, teeWithheld: 0, teeSetsWithheld: 0 };

/** Targets that get the same copies. */
interface AnonymisedTargets {
  readonly key: Uint8Array;
  readonly anonymiser: Anonymiser;
  readonly targets: TeeTarget[];
}

/**
 * Repeats the datagrams of the exporters that may send to other collectors: byte for byte, or anonymised for those with
 * a key.
 */
export class Tee {
  readonly #targets: readonly TeeTarget[];
  /** Those without a key. */
  readonly #plain: readonly TeeTarget[];
  readonly #anonymised: AnonymisedTargets[] = [];
  #allowed: AllowedExporters | undefined;
  readonly #byAddress: boolean;
  #flushDue = false;
  #closed = false;

  /**
   * @param settings of the collector
   * @throws CollectorError `tee-target` when a target cannot be used
   */
  constructor({ tee: configs, allowExporters, sessionBy }: TeeSettings, log: Log) {
    this.#byAddress = sessionBy === "address";
    const targets: TeeTarget[] = [];
    this.#targets = targets;
    const plain: TeeTarget[] = [];
    this.#plain = plain;
    this.#allowed = AllowedExporters.of(allowExporters);
    for (const config of configs) {
      try {
        const target = new TeeTarget(config, log);
        targets.push(target);
        if (config.anonymiseKey === undefined) plain.push(target);
        else this.#targetsOf(config.anonymiseKey).push(target);
      } catch (cause) {
        this.close();
        throw new CollectorError("tee-target", `--tee ${teeName(config)}: ${(cause as Error).message}; check it`, {
          cause,
        });
      }
    }
  }

  /** Sends on what these exporters send; undefined for all. */
  allow(exporters: AllowedExporters | undefined): void {
    this.#allowed = exporters;
  }

  /** The targets of a key. */
  #targetsOf(key: Uint8Array): TeeTarget[] {
    let found = this.#anonymised.find((each) => Buffer.compare(each.key, key) === 0);
    if (found === undefined) {
      found = { key, anonymiser: new Anonymiser(key, () => performance.now()), targets: [] };
      this.#anonymised.push(found);
    }
    return found.targets;
  }

  /** Queues a datagram for every target; it is sent at the end of the turn at the latest. */
  send(bytes: Uint8Array, start: number, end: number, address: string, port: number): void {
    if (this.#closed || (this.#allowed !== undefined && !this.#allowed.has(address))) return;
    for (const target of this.#plain) target.send(bytes, start, end, address, port);
    for (const { anonymiser, targets } of this.#anonymised) {
      const length = anonymiser.copy(bytes, start, end, address, this.#byAddress ? 0 : port);
      if (length > 0) for (const target of targets) target.send(anonymiser.bytes, 0, length, address, port);
    }
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
    const all = { ...NO_TEE };
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
    for (const { anonymiser, targets } of this.#anonymised) {
      const { datagrams, sets } = anonymiser.withheld();
      all.teeWithheld += datagrams * targets.length;
      all.teeSetsWithheld += sets * targets.length;
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
