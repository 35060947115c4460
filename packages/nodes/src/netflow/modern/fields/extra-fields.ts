import { LINK_ETHERNET, type PacketBatch, setU32be } from "@ngflow/base";
import { LinkFacts, MPLS_LABELS_MAX, readLinkFacts } from "@ngflow/wire/packet";
import type { AsTable } from "../../as-table.ts";
import type { Observation } from "../../flow-engine.ts";
import { Route, type RouteTable } from "@ngflow/os";
import type { BiflowRows } from "./biflow-rows.ts";
import type { ExtraColumn } from "./extra-column.ts";
import { GROUP_AS, GROUP_LABEL, GROUP_MAC, GROUP_MPLS, GROUP_ROUTE, GROUP_TUNNEL, GROUP_VLAN } from "./field-groups.ts";
import type { FlowTable } from "../cache/flow-table.ts";
import type { TunnelRows } from "./tunnel-rows.ts";

const ETHERNET_HEADER = 14;
const VLAN_ID = 0xfff;
/** Conf bits (reference: ng_netflow.md §2). */
const CONF_NOSRCLOOKUP = 0x10;
const CONF_NODSTLOOKUP = 0x20;

function createKeyBytes({ words }: FlowTable): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Takes the optional fields of a new flow from its first packet and from the routing table. */
export class ExtraFields {
  readonly groups: number;
  private readonly routes: RouteTable | null;
  private readonly asTable: AsTable | null;
  private readonly tunnels: TunnelRows | null;
  private readonly biflow: BiflowRows | null;
  private readonly link = new LinkFacts();
  private readonly route = new Route();
  private batch: PacketBatch | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private from = 0;
  private ethernet = true;
  private conf = 0;
  /** Bytes of the tables' keys, IPv4 and IPv6. */
  private readonly keyBytes: [Uint8Array, Uint8Array];

  /**
   * @param tunnels where inner headers are, null when tunnels are not looked into
   * @param biflow which keys have changed direction, null when none do
   */
  constructor(
    groups: number,
    routes: RouteTable | null,
    asTable: AsTable | null,
    tunnels: TunnelRows | null,
    biflow: BiflowRows | null,
    tables: readonly [ipv4: FlowTable, ipv6: FlowTable],
  ) {
    this.asTable = asTable;
    const [ipv4, ipv6] = tables;
    this.keyBytes = [createKeyBytes(ipv4), createKeyBytes(ipv6)];
    this.biflow = biflow;
    this.groups = groups;
    this.routes = routes;
    this.tunnels = tunnels;
  }

  /** The packets that `capture` speaks of: row k is packet `from + k` of the batch. */
  begin(batch: PacketBatch, view: DataView, from: number, where: Observation): void {
    this.batch = batch;
    this.view = view;
    this.from = from;
    this.ethernet = where.dataLinkType === LINK_ETHERNET;
    this.conf = where.conf;
  }

  /** Fills the row of record `id`, whose key is written, from packet `k`. */
  capture(table: FlowTable, id: number, k: number): void {
    const column = table.extra;
    const { batch, groups } = this;
    if (column === null || batch === null) return;
    const { rows } = column;
    let p = id * column.rowBytes;
    rows.fill(0, p, p + column.rowBytes);
    const { buffer } = batch;
    const frame = batch.offsets[this.from + k]!;
    let ip = frame;
    if (this.ethernet) ip = this.readLink(buffer, frame, batch.vlanTags[this.from + k]!);
    if ((groups & GROUP_MAC) !== 0) {
      if (this.ethernet) {
        for (let i = 0; i < 6; i++) {
          rows[p + i] = buffer[frame + 6 + i]!;
          rows[p + 6 + i] = buffer[frame + i]!;
        }
      }
      p += 12;
    }
    if ((groups & GROUP_VLAN) !== 0) {
      if (this.ethernet) this.writeVlans(rows, p);
      p += 6;
    }
    if ((groups & GROUP_MPLS) !== 0) {
      if (this.ethernet) this.writeLabels(rows, p);
      p += 3 * MPLS_LABELS_MAX;
    }
    const inner = this.tunnels === null ? 0 : this.tunnels.ipAt[k]!;
    if ((groups & GROUP_LABEL) !== 0 && table.keyWords !== 4) {
      const word = this.view.getUint32(inner === 0 ? ip : inner) & 0xfffff;
      rows[p + 1] = word >>> 16;
      rows[p + 2] = word >>> 8;
      rows[p + 3] = word;
      p += 4;
    }
    if ((groups & GROUP_TUNNEL) !== 0) {
      if (inner !== 0) this.writeSegment(rows, p, k);
      p += 8;
    }
    if ((groups & (GROUP_AS | GROUP_ROUTE)) === 0) return;
    const swapped = this.biflow !== null && this.biflow.swapped[k] === 1;
    if ((groups & GROUP_AS) !== 0) {
      this.writeAsNumbers(table, id, rows, p, swapped);
      p += 8;
    }
    if ((groups & GROUP_ROUTE) !== 0) this.writeRoutes(table, id, column, p, swapped);
  }

  /** Returns the offset of the IP header. */
  private readLink(buffer: Uint8Array, frame: number, kernelTag: number): number {
    const { link } = this;
    const ip = readLinkFacts(buffer, frame + ETHERNET_HEADER, this.view.getUint16(frame + 12), link);
    if (kernelTag !== 0) {
      // The kernel takes the outermost tag out of received frames.
      link.innerTag = link.outerTag;
      link.outerTag = kernelTag & 0xffff;
      link.vlanTags++;
    }
    return ip;
  }

  private writeVlans(rows: Uint8Array, p: number): void {
    const outer = this.link.outerTag & VLAN_ID;
    const inner = this.link.innerTag & VLAN_ID;
    rows[p] = outer >>> 8;
    rows[p + 1] = outer;
    rows[p + 2] = outer >>> 8;
    rows[p + 3] = outer;
    rows[p + 4] = inner >>> 8;
    rows[p + 5] = inner;
  }

  private writeLabels(rows: Uint8Array, p: number): void {
    const { labels } = this.link;
    for (let i = 0; i < MPLS_LABELS_MAX; i++) {
      rows[p + 3 * i] = labels[i]! >>> 16;
      rows[p + 3 * i + 1] = labels[i]! >>> 8;
      rows[p + 3 * i + 2] = labels[i]!;
    }
  }

  /** layer2SegmentId: a byte of type, then the identifier in the low 24 bits. */
  private writeSegment(rows: Uint8Array, p: number, k: number): void {
    const { segmentTypes, segments } = this.tunnels!;
    rows[p] = segmentTypes[k]!;
    rows[p + 5] = segments[k]! >>> 16;
    rows[p + 6] = segments[k]! >>> 8;
    rows[p + 7] = segments[k]!;
  }

  private writeAsNumbers(table: FlowTable, id: number, rows: Uint8Array, p: number, swapped: boolean): void {
    const { asTable } = this;
    if (asTable === null) return;
    const family = table.keyWords === 4 ? 4 : 6;
    const size = family === 4 ? 4 : 16;
    const key = 4 * table.at(id);
    const bytes = this.keyBytes[family === 4 ? 0 : 1];
    setU32be(rows, p, asTable.lookup(family, bytes, swapped ? key + size : key));
    setU32be(rows, p + 4, asTable.lookup(family, bytes, swapped ? key : key + size));
  }

  private writeRoutes(table: FlowTable, id: number, column: ExtraColumn, p: number, swapped: boolean): void {
    const { routes, route } = this;
    if (routes === null) return;
    const family = table.keyWords === 4 ? 4 : 6;
    const size = family === 4 ? 4 : 16;
    const key = 4 * table.at(id);
    const bytes = this.keyBytes[family === 4 ? 0 : 1];
    const source = swapped ? key + size : key;
    const destination = swapped ? key : key + size;
    const { rows } = column;
    if ((this.conf & CONF_NODSTLOOKUP) === 0 && routes.lookup(family, bytes, destination, route)) {
      if (route.hasGateway) for (let i = 0; i < size; i++) rows[p + i] = route.gateway[i]!;
      rows[p + size] = route.prefixLength;
      const hidden = id * column.rowBytes + column.exportedBytes;
      rows[hidden] = route.interfaceIndex >>> 8;
      rows[hidden + 1] = route.interfaceIndex;
    }
    if ((this.conf & CONF_NOSRCLOOKUP) === 0 && routes.lookup(family, bytes, source, route)) {
      rows[p + size + 1] = route.prefixLength;
    }
  }
}
