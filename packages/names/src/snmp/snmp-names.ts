import { dirname, join } from "node:path";
import type { LearnedName, SourceStatus } from "@ngflow/flows";
import { NamesError } from "../errors.ts";
import { isUrl } from "../sources/url-reader.ts";
import { type SourceDeps, WatchedSource } from "../sources/watched-source.ts";
import { nameText } from "../text.ts";
import { replaceFile } from "../whole-file.ts";
import { AgentNames } from "./agent-names.ts";
import { isTimeout, MAX_INTERFACES, pollAgent } from "./poll-agent.ts";
import type { SnmpCounters } from "./snmp-counters.ts";
import { FILE_MODE, namesLine, readNamesLines, readTimes, SNMP_NAMES_FILE, SNMP_READ_FILE } from "./snmp-file.ts";
import { accessOf, readSnmpSettings, type SnmpAccess, type SnmpSettings } from "./snmp-settings.ts";

/** Agents that are asked, and names of all of them. */
const MAX_AGENTS = 1024;
const MAX_NAMES = 65_536;
/** Agents that are asked at a time. */
const AT_A_TIME = 8;
const TICK_MS = 1000;
/** An agent that failed is asked again after this time, doubled with each failure up to the interval. */
const RETRY_MS = 10_000;
/** How long the agents of the last run are asked before their exporters have sent again. */
const KEEP_MS = 600_000;
/** How often the times of the last answers are written. */
const TIMES_MS = 30_000;
/** Lines of the status; those that fail are first. */
const MAX_LINES = 100;

export interface SnmpConfig {
  /** The file of agents. */
  readonly file: string;
  /** Where the collector keeps its state. */
  readonly stateDir: string;
}

export interface SnmpDeps extends SourceDeps {
  /** Addresses of the exporters that there are, as in `ExporterAddr`. */
  readonly exporters: () => Iterable<string>;
}

/** An exporter whose agent is asked. */
class Agent {
  readonly names: AgentNames;
  line = "";
  /** Unix milliseconds of the last complete answer; null before the first. */
  readAtMs: number | null = null;
  dueMs = 0;
  failures = 0;
  /** Why the last attempt failed. */
  error: string | null = null;
  /** What was left out of the last answer. */
  cut: string | null = null;
  isAsked = false;
  seenMs = 0;
  interfaces = 0;

  constructor(names: AgentNames) {
    this.names = names;
  }
}

/**
 * Names of exporters and their interfaces from SNMP agents. They are asked from time to time, apart from the flows;
 * when an agent does not answer, what it said last holds. The names are kept in a file, over restarts, for those who
 * answer queries.
 */
export class SnmpNames {
  readonly #source: WatchedSource<SnmpSettings>;
  readonly #deps: SnmpDeps;
  readonly #stateDir: string;
  readonly #agents = new Map<string, Agent>();
  readonly #startedMs: number;
  #settings: SnmpSettings | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running = 0;
  #size = 0;
  #refusedAgents = 0;
  #isChanged = false;
  #rows: readonly LearnedName[] | undefined;
  #timesMs = 0;
  #writing: Promise<void> = Promise.resolve();
  #writeError: string | null = null;
  readonly #counts = { agentsAsked: 0, agentsAnswered: 0, agentsTimedOut: 0, agentsFailed: 0 };

  constructor({ file, stateDir }: SnmpConfig, deps: SnmpDeps) {
    this.#deps = deps;
    this.#stateDir = stateDir;
    this.#startedMs = deps.clock.nowMs();
    const source = {
      kind: "snmp" as const,
      from: file,
      cacheDirectory: stateDir,
      parse: (bytes: Buffer) => {
        if (isUrl(file)) throw new NamesError("names-invalid", "names of files with secrets cannot come from a URL");
        return readSnmpSettings(bytes.toString("utf8"), file);
      },
      entries: ({ access }: SnmpSettings) => access.length,
      use: (settings: SnmpSettings) => this.#use(settings),
    };
    this.#source = new WatchedSource(source, deps);
    const times = readTimes(join(stateDir, SNMP_READ_FILE));
    for (const saved of readNamesLines(join(stateDir, SNMP_NAMES_FILE)).slice(0, MAX_AGENTS)) {
      const agent = new Agent(new AgentNames(saved.exporter, saved.names));
      agent.readAtMs = times.get(saved.exporter) ?? null;
      agent.seenMs = this.#startedMs;
      agent.line = namesLine(saved);
      agent.interfaces = saved.names.filter(({ kind, to }) => kind === "interface" && to === null).length;
      this.#agents.set(saved.exporter, agent);
      this.#size += agent.names.size;
    }
  }

  async start(): Promise<void> {
    await this.#source.start();
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
    this.#tick();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#settings = undefined;
    await this.#source.stop();
    this.#write(true);
    await this.#writing;
  }

  /** All names; the same array as long as none changed. */
  names(): readonly LearnedName[] {
    return (this.#rows ??= [...this.#agents.values()].flatMap(({ names }) => [...names.rows()]));
  }

  /** The file, then agents: those that fail first. */
  status(): readonly SourceStatus[] {
    const file = this.#source.status();
    const problems = [
      file.error,
      this.#refusedAgents === 0 ? null : `more than ${MAX_AGENTS} agents: ${this.#refusedAgents} are not asked`,
      this.#writeError,
    ].filter((problem) => problem !== null);
    const agents = [...this.#agents].filter(([exporter, agent]) => this.#accessOf(exporter, agent) !== undefined);
    agents.sort(([, a], [, b]) => Number(a.error === null) - Number(b.error === null));
    const left = agents.length - MAX_LINES;
    if (left > 0) problems.push(`${left} more agents are not listed; those that fail are first`);
    return [
      { ...file, error: problems.length === 0 ? null : problems.join("; ") },
      ...agents.slice(0, MAX_LINES).map(([exporter, agent]) => statusOf(exporter, agent)),
    ];
  }

  counters(): SnmpCounters {
    const nowMs = this.#deps.clock.nowMs();
    const now = { agents: 0, agentsWithoutAnswer: 0, interfacesKnown: 0, oldestAnswerMs: 0 };
    for (const [exporter, agent] of this.#agents) {
      if (this.#accessOf(exporter, agent) === undefined) continue;
      now.agents++;
      if (agent.error !== null || agent.readAtMs === null) now.agentsWithoutAnswer++;
      now.interfacesKnown += agent.interfaces;
      now.oldestAnswerMs = Math.max(now.oldestAnswerMs, nowMs - (agent.readAtMs ?? nowMs));
    }
    return { ...this.#counts, ...now };
  }

  #use(settings: SnmpSettings): void {
    this.#settings = settings;
    // Other settings may be what an agent needs.
    for (const agent of this.#agents.values()) agent.dueMs = 0;
  }

  /** How an agent is asked; undefined if its exporter is gone, or is not in the settings. */
  #accessOf(exporter: string, { seenMs }: Agent): SnmpAccess | undefined {
    if (this.#settings === undefined || this.#deps.clock.nowMs() - seenMs > KEEP_MS) return undefined;
    return accessOf(this.#settings, exporter);
  }

  #tick(): void {
    const nowMs = this.#deps.clock.nowMs();
    if (this.#settings !== undefined) {
      this.#see(this.#settings, nowMs);
      for (const [exporter, agent] of this.#agents) {
        if (this.#running >= AT_A_TIME) break;
        if (agent.isAsked || agent.dueMs > nowMs) continue;
        const access = this.#accessOf(exporter, agent);
        if (access !== undefined) void this.#ask(agent, access, this.#settings.intervalMs);
      }
    }
    this.#write(false);
  }

  /** Takes the exporters that there are now. */
  #see(settings: SnmpSettings, nowMs: number): void {
    this.#refusedAgents = 0;
    for (const exporter of new Set(this.#deps.exporters())) {
      let agent = this.#agents.get(exporter);
      if (agent === undefined) {
        if (accessOf(settings, exporter) === undefined) continue;
        if (this.#agents.size >= MAX_AGENTS && !this.#dropOldest(nowMs)) {
          this.#refusedAgents++;
          continue;
        }
        agent = new Agent(new AgentNames(exporter));
        this.#agents.set(exporter, agent);
      }
      agent.seenMs = nowMs;
    }
  }

  /** Drops the agent whose exporter has been gone longest, with its names. */
  #dropOldest(nowMs: number): boolean {
    let oldest: Agent | undefined;
    for (const agent of this.#agents.values())
      if (nowMs - agent.seenMs > KEEP_MS && !(oldest && oldest.seenMs <= agent.seenMs)) oldest = agent;
    if (oldest === undefined) return false;
    this.#agents.delete(oldest.names.exporter);
    this.#size -= oldest.names.size;
    this.#isChanged = true;
    this.#rows = undefined;
    return true;
  }

  async #ask(agent: Agent, access: SnmpAccess, intervalMs: number): Promise<void> {
    const { clock, log } = this.#deps;
    const { exporter } = agent.names;
    agent.isAsked = true;
    this.#running++;
    this.#counts.agentsAsked++;
    try {
      const answer = await pollAgent(exporter, access);
      this.#counts.agentsAnswered++;
      agent.interfaces = answer.interfaces.size;
      const before = agent.names.size;
      const { changed, refused } = agent.names.learn(answer, clock.nowMs(), MAX_NAMES - this.#size);
      this.#size += agent.names.size - before;
      if (changed) {
        agent.line = namesLine({ exporter, names: [...agent.names.rows()] });
        this.#isChanged = true;
        this.#rows = undefined;
      }
      agent.cut = answer.isCut
        ? `more than ${MAX_INTERFACES} interfaces: the others have no name`
        : refused === 0
          ? null
          : `more than ${MAX_NAMES} names of all agents: ${refused} are left out`;
      agent.readAtMs = clock.nowMs();
      agent.failures = 0;
      agent.error = null;
      agent.dueMs = clock.nowMs() + intervalMs;
    } catch (error) {
      this.#counts[isTimeout(error) ? "agentsTimedOut" : "agentsFailed"]++;
      const reason = nameText(error instanceof Error ? error.message : String(error));
      if (agent.error === null) log.warn({ exporter, reason }, "an SNMP agent does not answer; its last names hold");
      agent.error = reason;
      agent.dueMs = clock.nowMs() + Math.min(intervalMs, RETRY_MS * 2 ** Math.min(10, agent.failures++));
    } finally {
      agent.isAsked = false;
      this.#running--;
    }
  }

  /** Writes what has changed, one write after the other. */
  #write(atEnd: boolean): void {
    const nowMs = this.#deps.clock.nowMs();
    const agents = [...this.#agents];
    if (this.#isChanged) {
      this.#isChanged = false;
      const lines = agents.map(([, { line }]) => line);
      this.#enqueue(SNMP_NAMES_FILE, lines.join(""), () => (this.#isChanged = true));
    }
    if (!atEnd && nowMs - this.#timesMs < TIMES_MS) return;
    this.#timesMs = nowMs;
    const times = agents.flatMap(([exporter, { readAtMs }]) => (readAtMs === null ? [] : [[exporter, readAtMs]]));
    if (times.length > 0) this.#enqueue(SNMP_READ_FILE, JSON.stringify(Object.fromEntries(times)));
  }

  #enqueue(name: string, text: string, failed?: () => void): void {
    const path = join(this.#stateDir, name);
    this.#writing = this.#writing
      .then(() => replaceFile(path, text, FILE_MODE))
      .then(
        () => void (this.#writeError = null),
        (error: unknown) => {
          failed?.();
          if (this.#writeError === null)
            this.#deps.log.warn({ err: String(error) }, `names from SNMP cannot be written to ${dirname(path)}`);
          this.#writeError = `names cannot be written: ${String(error)}`;
        },
      );
  }
}

function statusOf(exporter: string, { names, readAtMs, error, cut }: Agent): SourceStatus {
  const isThere = readAtMs !== null || names.size > 0;
  return {
    kind: "snmp",
    from: exporter,
    state: !isThere ? "absent" : error === null && readAtMs !== null ? "current" : "stale",
    entries: isThere ? names.size : null,
    readAt: readAtMs === null ? null : new Date(readAtMs).toISOString(),
    madeAt: null,
    error: error ?? cut,
  };
}
