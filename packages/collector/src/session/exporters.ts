import { DomainFacts, Exporter, FactsRoom } from "./exporter-facts.ts";
import { nextRun } from "./restart.ts";
import type { Session } from "./session.ts";

/**
 * The exporters: sessions of one address, port, protocol and agent, which differ in their domains only. A device has
 * one socket for all its domains, and two devices behind one address have two, so that a sampler of one is never
 * taken for that of the other.
 */
export class Exporters {
  readonly room = new FactsRoom();
  readonly #byKey = new Map<string, Exporter>();

  /** The facts of a session that begins. */
  join(session: Session): void {
    const key = keyOf(session);
    let exporter = this.#byKey.get(key);
    if (exporter === undefined) {
      exporter = new Exporter(key, this.room);
      this.#byKey.set(key, exporter);
    }
    session.facts = new DomainFacts(exporter, session.domain, session.share);
    session.run = nextRun();
  }

  /**
   * A session has another port. The first session of an exporter that moves takes the exporter along; the others find
   * it there.
   */
  move(session: Session, portBefore: number): void {
    const key = keyOf(session);
    const { facts } = session;
    const before = facts.exporter;
    const there = this.#byKey.get(key);
    if (there !== undefined) facts.move(there);
    else if (before.key === keyOf(session, portBefore)) {
      this.#byKey.delete(before.key);
      before.key = key;
      this.#byKey.set(key, before);
    } else {
      const exporter = new Exporter(key, this.room);
      this.#byKey.set(key, exporter);
      facts.move(exporter);
    }
    this.#tidy(before);
  }

  leave(session: Session): void {
    const { exporter } = session.facts;
    session.facts.leave();
    session.factsBefore?.leave();
    session.factsBefore = undefined;
    this.#tidy(exporter);
  }

  #tidy(exporter: Exporter): void {
    if (exporter.domains.size === 0 && this.#byKey.get(exporter.key) === exporter) this.#byKey.delete(exporter.key);
  }
}

function keyOf({ address, protocol, agent, port, connection }: Session, usePort = port): string {
  return `${usePort} ${protocol.number} ${address} ${agent} ${connection}`;
}
