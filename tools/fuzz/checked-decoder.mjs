/** A datagram whose decoding takes more CPU time than this has left its bounds: the usual ones take a hundredth. */
const SLOW_MS = 500;
/** Memory of a waiting set in addition to its bytes; most facts and names of all exporters: the collector has them. */
const SET_OVERHEAD_BYTES = 256;
const MOST_FACTS = 131_072;
const MOST_NAMES = 65_536;
const MOST_RUNNING_FLOWS = 524_288;
/** The fields of all templates may be so many times those of different ones. */
const SHARED_TIMES = 4;

/** The one that must lose nothing. */
export const HONEST = "192.0.2.77";
const HONEST_RECORDS = 20;

/** Sums up the rows it gets, so that two decoders can be compared. */
class SummingSink {
  rows = 0;
  sum = 0;

  write(batch) {
    for (const bytes of batch.bytes) {
      const used = (batch.rows * bytes.length) / batch.capacity;
      for (let i = 0; i < used; i++) this.sum = (Math.imul(this.sum, 31) + bytes[i]) | 0;
    }
    this.rows += batch.rows;
    return batch.rows;
  }
}

/** A decoder whose promises are checked after every datagram. A broken one is thrown as an Error. */
export class CheckedDecoder {
  settings;
  sink = new SummingSink();
  decoder;
  slowestMs = 0;
  #nowMs = 1_700_000_001_000;
  #messages;
  #honestSent = 0;

  #work;

  /**
   * @param parts `FlowDecoder`, `collectorSettings` and `work` of the collector, `PROTOCOLS` and `messages` of wire
   * @param config bounds of the collector; its defaults otherwise
   */
  constructor({ FlowDecoder, collectorSettings, PROTOCOLS, work, messages }, config = {}) {
    this.#messages = messages;
    this.#work = work;
    this.settings = collectorSettings(config);
    this.decoder = new FlowDecoder(this.settings, this.sink, PROTOCOLS);
    this.decoder.onInternalError = (error) => {
      throw error;
    };
    // It becomes established: ten seconds and ten records.
    for (let i = 0; i < 12; i++) this.honest(1000);
  }

  /** Time passes. Data that waits too long, and templates that are too old, are dropped as the collector does. */
  pass(ms) {
    this.#nowMs += ms;
    this.decoder.held.expire(this.decoder.sessions.values(), this.#nowMs);
    this.decoder.templates.expire(this.decoder.sessions.values(), this.#nowMs);
  }

  /** The honest exporter sends a template and records of it. */
  honest(afterMs = 0) {
    this.pass(afterMs);
    const { v9, set, template, bytes } = this.#messages;
    const fields = [8, 12, 1, 2].map((element) => [element, 4]);
    const records = Array.from({ length: HONEST_RECORDS }, (_, i) => bytes([i, 4], [1, 4], [100, 4], [1, 4]));
    const datagram = v9(
      { sequence: this.#honestSent++, domain: 9 },
      set(0, template(256, fields)),
      set(256, ...records),
    );
    this.#decode(datagram, 0, datagram.length, HONEST, 2055);
  }

  /** Decodes `bytes[start, end)` of one of the others and checks what it cost. */
  decode(bytes, start, end, address, port) {
    const { totals, templates } = this.decoder;
    const before = { ...totals };
    const learned = templates.templatesLearned;
    const cpu = process.cpuUsage();
    const turns = this.#decode(bytes, start, end, address, port);
    const spent = process.cpuUsage(cpu);
    const ms = (spent.user + spent.system) / 1000;
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (ms > SLOW_MS) throw new Error(`a datagram took ${ms.toFixed(0)} ms of CPU time; at most ${SLOW_MS}`);
    const { MESSAGE_WORK, RECORD_WORK, ROW_WORK, SET_WORK, TEMPLATE_WORK } = this.#work;
    const work =
      (totals.recordsDecoded - before.recordsDecoded) * ROW_WORK +
      (totals.recordsWithoutKey - before.recordsWithoutKey + totals.optionRecords - before.optionRecords) *
        RECORD_WORK +
      (totals.setsRecovered - before.setsRecovered) * SET_WORK +
      (templates.templatesLearned - learned) * TEMPLATE_WORK;
    const most = turns * MESSAGE_WORK;
    if (work > most) throw new Error(`${turns} turns cost ${work} units of work; at most ${most}`);
  }

  /** Decodes a datagram and what waited for it. Returns in how many turns; each may cost as much as a datagram. */
  #decode(bytes, start, end, address, port) {
    this.decoder.decode(bytes, start, end, address, port, this.#nowMs);
    let turns = 1;
    for (; this.decoder.isReady; turns++) this.decoder.step();
    return turns;
  }

  /** Checks the bounds and the honest exporter. */
  check() {
    const { sessions, held, exporters, names, totals, dropped } = this.decoder;
    const { maxSessions, heldBytes, maxTemplates, maxTemplateFields } = this.settings;
    const all = [...sessions.values()];
    const known = all.flatMap(({ templates }) => [...templates.values()]);
    const fieldsOf = (each) => each.reduce((sum, { template }) => sum + template.fields.length, 0);
    const fields = fieldsOf(known);
    const different = [...new Set(known.map(({ shared }) => shared))];
    const bounds = [
      ["sessions", sessions.size, maxSessions],
      ["sessions that were dropped and are remembered", dropped.size, maxSessions],
      ["bytes of waiting sets", held.setBytesHeld + held.setsHeld * SET_OVERHEAD_BYTES, heldBytes],
      ["templates of a session", Math.max(...all.map(({ templates }) => templates.size)), maxTemplates],
      ["fields of different templates", fieldsOf(different), maxTemplateFields],
      ["template fields", fields, SHARED_TIMES * maxTemplateFields],
      ["facts", exporters.room.facts, MOST_FACTS],
      ["names", names.room.names, MOST_NAMES],
      ["entries of running flows", sessions.runningFlows.entries, MOST_RUNNING_FLOWS],
      ["internal errors", totals.internalErrors, 0],
    ];
    for (const [what, value, most] of bounds) {
      if (value > most) throw new Error(`${value} ${what}; at most ${most}`);
    }
    if (held.setsHeld < 0 || held.setBytesHeld < 0 || exporters.room.facts < 0) throw new Error("a counter is below 0");
    const honest = all.find(({ address }) => address === HONEST);
    const sent = this.#honestSent * HONEST_RECORDS;
    if (honest?.records !== sent || honest.sequence.lostRecords !== 0 || honest.malformed !== 0) {
      throw new Error(`of the honest exporter ${honest?.records ?? 0} records came of ${sent}`);
    }
    this.decoder.flush();
  }
}
