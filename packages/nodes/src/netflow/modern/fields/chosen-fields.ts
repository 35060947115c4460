import type { NetflowOptions } from "../../flow-engine.ts";
import { BiflowMeter } from "../cache/biflow-meter.ts";
import type { FlowMeter, MeterParts } from "../cache/flow-meter.ts";
import { GROUP_PACKETS } from "../cache/group-packets.ts";
import { KEY_ROW_WORDS, KeyRows } from "../cache/key-rows.ts";
import { BiflowRows } from "./biflow-rows.ts";
import { ExtraColumn } from "./extra-column.ts";
import { ExtraFields } from "./extra-fields.ts";
import { GROUP_AS, GROUP_BIFLOW, GROUP_ROUTE, GROUP_TUNNEL, GROUP_VLAN } from "./field-groups.ts";
import { ReverseColumn } from "./reverse-column.ts";
import { TunnelRows } from "./tunnel-rows.ts";

/** Optional fields and the parts of the key: what the tables of an engine have for them. */
export class ChosenFields {
  /** Chosen groups of fields, and those that are parts of the key. */
  groups = 0;
  keyParts = -1;
  /** Only there when the key has parts other than VLANs. */
  keyRows: KeyRows | null = null;
  /** Only there when their fields are chosen. */
  extra: ExtraFields | null = null;
  tunnels: TunnelRows | null = null;
  biflow: { readonly rows: BiflowRows; readonly meter: BiflowMeter } | null = null;
  readonly #options: NetflowOptions;
  readonly #meter: FlowMeter;
  readonly #parts: MeterParts;
  /** Groups that come with the node's tables. */
  readonly #given: number;

  /** @param parts of `meter`, which a meter of biflows shares */
  constructor(options: NetflowOptions, meter: FlowMeter, parts: MeterParts) {
    this.#options = options;
    this.#meter = meter;
    this.#parts = parts;
    this.#given = (options.routes === undefined ? 0 : GROUP_ROUTE) | (options.asTable === undefined ? 0 : GROUP_AS);
  }

  /**
   * Chooses groups of fields, and parts of the key, which are fields too. Flows cached so far are exported: their
   * records have no place for others.
   */
  choose(chosenGroups: number, keyParts: number): void {
    const { expiry, exporter, table4, table6 } = this.#parts;
    const { settings } = exporter;
    const groups = chosenGroups | this.#given | (keyParts & ~GROUP_VLAN);
    this.groups = chosenGroups;
    if (settings.groups === groups && this.keyParts === keyParts) return;
    this.#meter.flush();
    settings.groups = groups;
    settings.taggedApart = (keyParts & GROUP_VLAN) !== 0 && (groups & GROUP_VLAN) === 0;
    this.keyParts = keyParts;
    const { maxFlows, routes, asTable } = this.#options;
    const biflow = (groups & GROUP_BIFLOW) !== 0;
    const columns = (groups & ~GROUP_BIFLOW) !== 0;
    const tables = [table4, table6] as const;
    this.tunnels = (groups & GROUP_TUNNEL) === 0 ? null : new TunnelRows(GROUP_PACKETS);
    const rows = biflow ? new BiflowRows(GROUP_PACKETS) : null;
    this.keyRows = this.#createKeyRows(rows);
    for (const table of tables) {
      table.extra = columns ? new ExtraColumn(groups, table.keyWords === 4 ? 4 : 6, maxFlows) : null;
      table.reverse = biflow ? new ReverseColumn(maxFlows) : null;
      table.keys = this.keyRows === null ? null : new Int32Array(KEY_ROW_WORDS * (maxFlows + 1));
    }
    this.biflow = rows === null ? null : { rows, meter: new BiflowMeter(this.#meter, this.#parts, rows) };
    this.extra = columns ? new ExtraFields(groups, routes ?? null, asTable ?? null, this.tunnels, rows, tables) : null;
    this.#meter.setExtra(this.extra);
    this.#meter.setKeyRows(this.keyRows);
    exporter.resize(expiry.nowUs);
  }

  #createKeyRows(biflow: BiflowRows | null): KeyRows | null {
    const { keyParts } = this;
    if ((keyParts & ~GROUP_VLAN) === 0) return null;
    return new KeyRows(GROUP_PACKETS, keyParts, (keyParts & GROUP_TUNNEL) === 0 ? null : this.tunnels, biflow);
  }
}
