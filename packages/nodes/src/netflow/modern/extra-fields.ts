import type { PacketBatch } from "@ngflow/graph";
import { LinkFacts, MPLS_LABELS_MAX, readLinkFacts } from "@ngflow/wire/packet";
import type { Observation } from "../flow-engine.ts";
import { Route, type RouteTable } from "../routes.ts";
import type { BiflowRows } from "./biflow-rows.ts";
import type { ExtraColumn } from "./extra-column.ts";
import { GROUP_LABEL, GROUP_MAC, GROUP_MPLS, GROUP_ROUTE, GROUP_TUNNEL, GROUP_VLAN } from "./field-groups.ts";
import type { FlowTable } from "./flow-table.ts";
import type { TunnelRows } from "./tunnel-rows.ts";

const DLT_ETHERNET = 1;
const ETHERNET_HEADER = 14;
const VLAN_ID = 0xfff;
/** Conf bits (reference: ng_netflow.md §2). */
const CONF_NOSRCLOOKUP = 0x10;
const CONF_NODSTLOOKUP = 0x20;

/** Takes the optional fields of a new flow from its first packet and from the routing table. */
export class ExtraFields {
  readonly groups: number;
  private readonly routes: RouteTable | null;
  private readonly tunnels: TunnelRows | null;
  private readonly biflow: BiflowRows | null;
  private readonly link = new LinkFacts();
  private readonly route = new Route();
  private batch: PacketBatch | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private from = 0;
  private ethernet = true;
  private conf = 0;
  private keyBytesOf: FlowTable | null = null;
  private keyBytes: Uint8Array = new Uint8Array(0);

  /**
   * @param tunnels where inner headers are, null when tunnels are not looked into
   * @param biflow which keys have changed direction, null when none do
   */
  constructor(groups: number, routes: RouteTable | null, tunnels: TunnelRows | null, biflow: BiflowRows | null) {
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
    this.ethernet = where.dataLinkType === DLT_ETHERNET;
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
    if ((groups & GROUP_ROUTE) !== 0)
      this.writeRoutes(table, id, column, p, this.biflow !== null && this.biflow.swapped[k] === 1);
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

  private writeRoutes(table: FlowTable, id: number, column: ExtraColumn, p: number, swapped: boolean): void {
    const { routes, route } = this;
    if (routes === null) return;
    if (this.keyBytesOf !== table) {
      this.keyBytesOf = table;
      this.keyBytes = new Uint8Array(table.words.buffer, table.words.byteOffset, table.words.byteLength);
    }
    const family = table.keyWords === 4 ? 4 : 6;
    const size = family === 4 ? 4 : 16;
    const key = 4 * table.at(id);
    const source = swapped ? key + size : key;
    const destination = swapped ? key : key + size;
    const { rows } = column;
    if ((this.conf & CONF_NODSTLOOKUP) === 0 && routes.lookup(family, this.keyBytes, destination, route)) {
      if (route.hasGateway) for (let i = 0; i < size; i++) rows[p + i] = route.gateway[i]!;
      rows[p + size] = route.prefixLength;
      const hidden = id * column.rowBytes + column.exportedBytes;
      rows[hidden] = route.interfaceIndex >>> 8;
      rows[hidden + 1] = route.interfaceIndex;
    }
    if ((this.conf & CONF_NOSRCLOOKUP) === 0 && routes.lookup(family, this.keyBytes, source, route)) {
      rows[p + size + 1] = route.prefixLength;
    }
  }
}
