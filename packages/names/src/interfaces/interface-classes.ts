import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { LearnedName, SourceStatus } from "@ngflow/flows";
import { FILE_MODE, INTERFACE_CLASSES_FILE, namesLine } from "../snmp/snmp-file.ts";
import { type SourceDeps, WatchedSource } from "../sources/watched-source.ts";
import { replaceFile } from "../whole-file.ts";
import { classify } from "./classify.ts";
import { type InterfaceRules, readInterfaceRules } from "./read-rules.ts";

/** How often names are looked at. */
const TICK_MS = 2000;

export interface ClassesConfig {
  /** The file of rules, or its address. */
  readonly rules: string;
  /** Where the collector keeps its state. */
  readonly stateDir: string;
}

export interface ClassesDeps extends SourceDeps {
  /** Names of exporters and interfaces; the same array as long as none changed. */
  readonly names: () => readonly LearnedName[];
}

/** Keeps a file of the classes that rules give to interfaces, for those who answer queries. */
export class InterfaceClasses {
  readonly #source: WatchedSource<InterfaceRules>;
  readonly #deps: ClassesDeps;
  readonly #config: ClassesConfig;
  #rules: InterfaceRules | undefined;
  #done: { readonly rules: InterfaceRules; readonly names: readonly LearnedName[] } | undefined;
  #written: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;
  #error: string | null = null;

  constructor(config: ClassesConfig, deps: ClassesDeps) {
    this.#config = config;
    this.#deps = deps;
    const source = {
      kind: "interface-rules" as const,
      from: config.rules,
      cacheDirectory: join(config.stateDir, "sources"),
      parse: (bytes: Buffer) => readInterfaceRules(bytes.toString("utf8")),
      entries: ({ count }: InterfaceRules) => count,
      use: (rules: InterfaceRules) => (this.#rules = rules),
    };
    this.#source = new WatchedSource(source, deps);
  }

  async start(): Promise<void> {
    await this.#source.start();
    this.#timer ??= setInterval(() => void this.check(), TICK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#source.stop();
    await this.#busy;
  }

  status(): SourceStatus {
    const status = this.#source.status();
    return { ...status, error: status.error ?? this.#error };
  }

  /** Classifies the interfaces again if names or rules have changed. */
  check(): Promise<void> {
    return (this.#busy ??= this.#classify().finally(() => (this.#busy = undefined)));
  }

  async #classify(): Promise<void> {
    const rules = this.#rules;
    if (rules === undefined) return;
    const names = this.#deps.names();
    if (this.#done?.rules === rules && this.#done.names === names) return;
    try {
      const byExporter = new Map<string, LearnedName[]>();
      for (const row of await classify(rules, names)) {
        const classes = byExporter.get(row.exporter);
        if (classes === undefined) byExporter.set(row.exporter, [row]);
        else classes.push(row);
      }
      const lines = [...byExporter].map(([exporter, classes]) => namesLine({ exporter, names: classes }));
      const text = lines.join("");
      const path = join(this.#config.stateDir, INTERFACE_CLASSES_FILE);
      if (text !== this.#written) await replaceFile(path, text, FILE_MODE);
      this.#written = text;
      this.#done = { rules, names };
      this.#error = null;
    } catch (error) {
      if (this.#error === null) this.#deps.log.warn({ err: String(error) }, "classes of interfaces cannot be written");
      this.#error = `classes cannot be written: ${String(error)}`;
    }
  }
}

/** Removes the classes of a run with rules, for one without. */
export async function forgetClasses(stateDir: string): Promise<void> {
  await rm(join(stateDir, INTERFACE_CLASSES_FILE), { force: true });
}
