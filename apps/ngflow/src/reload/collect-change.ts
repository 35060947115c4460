import type { CollectorChange } from "@ngflow/collector";

/** What changes in a collecting process that runs, as it is sent to one. */
export interface CollectChange extends CollectorChange {
  /** A file of elements, read again. */
  readonly elements?: string | undefined;
  /** Most bytes that wait for a store; absent for the default. */
  readonly spoolBytes?: number | undefined;
  /** Where names come from. */
  readonly networks?: string | undefined;
  readonly mmdb?: readonly string[];
  readonly snmp?: string | undefined;
  readonly interfaceRules?: string | undefined;
}
