import type { SourceStatus } from "@ngflow/flows";
import {
  checkInterfaceFiles,
  forgetClasses,
  InterfaceClasses,
  type PreparedChange,
  type SnmpCounters,
  SnmpNames,
} from "@ngflow/names";
import { collectorState } from "./collector-state.ts";
import { namesWithSnmp } from "./saved-names.ts";

interface Files {
  /** A file of SNMP agents. */
  readonly snmp: string | undefined;
  /** A file of rules for interfaces, or its address. */
  readonly interfaceRules: string | undefined;
}

interface Config extends Files {
  readonly dataDirectory: string;
}

type Deps = ConstructorParameters<typeof SnmpNames>[1];

/** Asks SNMP agents, and classifies interfaces, next to a collector. It delays neither its start nor its flows. */
export class InterfaceNames {
  readonly #dataDirectory: string;
  readonly #deps: Deps;
  #files: Files;
  #agents: SnmpNames | undefined;
  #classes: InterfaceClasses | undefined;
  /** Starts and stops, one after the other. */
  #busy: Promise<unknown>;

  constructor({ snmp, interfaceRules, dataDirectory }: Config, deps: Deps) {
    this.#dataDirectory = dataDirectory;
    this.#deps = deps;
    this.#files = { snmp, interfaceRules };
    this.#agents = this.#agentsOf(snmp);
    this.#classes = this.#classesOf(interfaceRules);
    this.#busy = this.#start(this.#agents, this.#classes);
  }

  /** How often agents were asked; null where none is. */
  snmp(): SnmpCounters | null {
    return this.#agents?.counters() ?? null;
  }

  status(): readonly SourceStatus[] {
    return [...(this.#agents?.status() ?? []), ...(this.#classes === undefined ? [] : [this.#classes.status()])];
  }

  /** Checks other files; those that are as before go on. @throws NamesError */
  async prepare({ snmp, interfaceRules }: Files): Promise<PreparedChange> {
    const before = this.#files;
    const [isOther, areOthers] = [snmp !== before.snmp, interfaceRules !== before.interfaceRules];
    await checkInterfaceFiles({
      snmp: isOther ? snmp : undefined,
      interfaceRules: areOthers ? interfaceRules : undefined,
    });
    return {
      discard: () => undefined,
      apply: () => {
        this.#files = { snmp, interfaceRules };
        this.#busy = this.#busy.then(async () => {
          if (isOther) {
            // What the agents said is in a file, for those who take their place.
            await this.#agents?.stop();
            this.#agents = this.#agentsOf(snmp);
          }
          if (areOthers) {
            await this.#classes?.stop();
            this.#classes = this.#classesOf(interfaceRules);
          }
          await this.#start(isOther ? this.#agents : undefined, areOthers ? this.#classes : undefined);
        });
        return this.#busy.then(() => undefined);
      },
    };
  }

  async stop(): Promise<void> {
    await this.#busy;
    await this.#agents?.stop();
    await this.#classes?.stop();
  }

  #agentsOf(file: string | undefined): SnmpNames | undefined {
    return file === undefined
      ? undefined
      : new SnmpNames({ file, stateDir: collectorState(this.#dataDirectory) }, this.#deps);
  }

  #classesOf(rules: string | undefined): InterfaceClasses | undefined {
    const stateDir = collectorState(this.#dataDirectory);
    const deps = { ...this.#deps, names: namesWithSnmp(this.#dataDirectory) };
    return rules === undefined ? undefined : new InterfaceClasses({ rules, stateDir }, deps);
  }

  async #start(agents: SnmpNames | undefined, classes: InterfaceClasses | undefined): Promise<void> {
    try {
      if (this.#classes === undefined) await forgetClasses(collectorState(this.#dataDirectory));
      await Promise.all([agents?.start(), classes?.start()]);
    } catch (error) {
      this.#deps.log.warn({ err: String(error) }, "names of interfaces cannot be read");
    }
  }
}
