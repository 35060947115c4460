import { formatIp } from "@ngflow/base";
import { locateFields, type Template } from "@ngflow/wire";
import type { MessageState } from "./message-state.ts";
import { type ExporterFields, pointExporter, readExporter, sameExporter } from "./plan/exporter-fields.ts";
import type { RecordContext } from "./plan/record-context.ts";
import type { DomainFacts } from "./session/exporter-facts.ts";
import { NarrowRates } from "./session/narrow-rates.ts";
import type { Rates } from "./session/rates.ts";
import type { Session } from "./session/session.ts";
import type { SessionTable } from "./session/session-table.ts";

/** A plan of a template: where the fields of its records are. */
interface Plan {
  readonly template: Template;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
}

/** Finds the session of the exporter that a record names (elements 130 and 131), and puts its address in the rows. */
export class NamedReader {
  readonly #sessions: SessionTable;
  readonly #message: MessageState;
  readonly #context: RecordContext;
  /** Address of a record's exporter: the words of the rows, and as bytes. */
  readonly #words = new Uint32Array(4);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  #rates: NarrowRates | undefined;

  constructor(sessions: SessionTable, message: MessageState, context: RecordContext) {
    this.#sessions = sessions;
    this.#message = message;
    this.#context = context;
  }

  /**
   * The session of the exporter of the record at `o`: the sender's if the record names none, or the sender itself.
   * Undefined for one that has no room for a session. Rows get its address.
   */
  exporterOf(
    sender: Session,
    plan: Plan,
    exporter: ExporterFields,
    b: Uint8Array,
    o: number,
    end: number,
  ): Session | undefined {
    const context = this.#context;
    context.exporterWords = sender.exporterWords;
    const { template, offsets, lengths } = plan;
    if (template.variable) {
      // A record that is cut off makes no row.
      if (locateFields(b, o, end, template, offsets, lengths) < 0) return sender;
      pointExporter(exporter, o, offsets);
    }
    const words = this.#words;
    if (!readExporter(b, o, exporter, words) || isSame(words, sender.exporterWords)) return sender;
    context.exporterWords = words;
    return this.#find(sender, words);
  }

  /** How many records from `o` on have the exporter of the first, for which exporterOf was called. */
  together({ template }: Plan, exporter: ExporterFields, b: Uint8Array, o: number, end: number): number {
    if (template.variable) return 1;
    return sameExporter(b, o, template.minLength, Math.floor((end - o) / template.minLength), exporter);
  }

  /** Records of a named exporter made rows. */
  made(session: Session, records: number): void {
    session.records += records;
    this.#sessions.confirm(session, this.#context.receivedMs);
  }

  /** What an exporter said of its rates, before what its sender said. */
  rates(own: DomainFacts, wide: DomainFacts): Rates {
    const rates = (this.#rates ??= new NarrowRates(own, wide));
    rates.own = own;
    rates.wide = wide;
    return rates;
  }

  #find(sender: Session, words: Uint32Array): Session | undefined {
    const message = this.#message;
    let session = sender.named?.find(words);
    if (session === undefined) {
      if (message.newNamed <= 0) return undefined;
      message.newNamed--;
      session = this.#sessions.nameExporter(sender, formatIp(this.#bytes), this.#context.receivedMs);
      if (session === undefined) return undefined;
    }
    if (session.namedIn === sender.datagrams) return session;
    session.namedIn = sender.datagrams;
    session.datagrams++;
    session.lastSeenMs = this.#context.receivedMs;
    this.#sessions.used(session);
    return session;
  }
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a[3] === b[3] && a[2] === b[2] && a[1] === b[1] && a[0] === b[0];
}
