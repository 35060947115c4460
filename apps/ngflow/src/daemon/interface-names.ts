import type { SourceStatus } from "@ngflow/flows";
import { forgetClasses, InterfaceClasses, type SnmpCounters, SnmpNames } from "@ngflow/names";
import { collectorState } from "./collector-state.ts";
import { namesWithSnmp } from "./saved-names.ts";

interface Config {
  /** A file of SNMP agents. */
  readonly snmp: string | undefined;
  /** A file of rules for interfaces, or its address. */
  readonly interfaceRules: string | undefined;
  readonly dataDirectory: string;
}

type Deps = ConstructorParameters<typeof SnmpNames>[1];

interface Running {
  /** Null where no agent is asked. */
  snmp(): SnmpCounters | null;
  status(): readonly SourceStatus[];
  stop(): Promise<void>;
}

/** Asks SNMP agents, and classifies interfaces, next to a collector. It delays neither its start nor its flows. */
export function startInterfaceNames({ snmp, interfaceRules, dataDirectory }: Config, deps: Deps): Running {
  const stateDir = collectorState(dataDirectory);
  const agents = snmp === undefined ? undefined : new SnmpNames({ file: snmp, stateDir }, deps);
  const names = namesWithSnmp(dataDirectory);
  const classes =
    interfaceRules === undefined
      ? undefined
      : new InterfaceClasses({ rules: interfaceRules, stateDir }, { ...deps, names });
  const started = Promise.all([agents?.start(), classes?.start() ?? forgetClasses(stateDir)]).catch((error: unknown) =>
    deps.log.warn({ err: String(error) }, "names of interfaces cannot be read"),
  );
  return {
    snmp: () => agents?.counters() ?? null,
    status: () => [...(agents?.status() ?? []), ...(classes === undefined ? [] : [classes.status()])],
    async stop() {
      await started;
      await agents?.stop();
      await classes?.stop();
    },
  };
}
