import type { Text } from "../../messages/catalogue.ts";
import type { PathParams } from "../path.ts";
import { addressOf, asNumberOf, hostsText, interfaceOf, networkOf, portOf } from "./values.ts";

/** A question about a thing: its largest groups by some columns. */
export interface Question {
  readonly title: Text;
  readonly by: readonly string[];
  /** Of which traffic: what arrives at the thing, what leaves it, or both. */
  readonly of: "in" | "out" | "both";
}

/** A thing, with its values checked and in their usual form. */
export interface ThingAt {
  /** Its name in the heading. */
  readonly name: string;
  /** Filters of the traffic that arrives at it and leaves it; `out` is null where there is only one direction. */
  readonly in: string;
  readonly out: string | null;
}

/** A sort of things that have a page each. */
export interface Thing {
  readonly path: `/${string}`;
  readonly title: Text;
  /** What the two directions are called. */
  readonly directions: { readonly in: Text; readonly out: Text };
  /** The thing that the values of a path name; null if they name none. */
  readonly at: (params: PathParams) => ThingAt | null;
  /** What such a path looks like, for who typed a wrong one. */
  readonly example: string;
  readonly questions: readonly Question[];
}

const RECEIVED: Text = { en: "Received", ja: "受信" };
const SENT: Text = { en: "Sent", ja: "送信" };
const PROTOCOLS: Question = { title: { en: "Protocols", ja: "プロトコル" }, by: ["Proto"], of: "both" };
const SERVICES: Question = { title: { en: "Services", ja: "サービス" }, by: ["Proto", "ServicePort"], of: "both" };
const INTERFACES: Question = {
  title: { en: "Where it was metered", ja: "計測した場所" },
  by: ["ExporterAddr", "InIf", "OutIf"],
  of: "both",
};

/** Every sort of thing that has a page: a row each. Address, title, filters and questions follow from it. */
export const THINGS: readonly Thing[] = [
  {
    path: "/host/:address",
    title: { en: "Host", ja: "ホスト" },
    directions: { in: RECEIVED, out: SENT },
    example: "/host/192.0.2.1",
    at: ({ address = "" }) => {
      const host = addressOf(address);
      return host === null ? null : { name: host, in: `DstAddr = ${host}`, out: `SrcAddr = ${host}` };
    },
    questions: [
      { title: { en: "Received from", ja: "受信元" }, by: ["SrcAddr"], of: "in" },
      { title: { en: "Sent to", ja: "送信先" }, by: ["DstAddr"], of: "out" },
      SERVICES,
      { title: { en: "Own ports", ja: "自分のポート" }, by: ["Proto", "DstPort"], of: "in" },
      PROTOCOLS,
      INTERFACES,
    ],
  },
  {
    path: "/interface/:exporter/:interface",
    title: { en: "Interface", ja: "インターフェース" },
    directions: { in: { en: "In", ja: "入力" }, out: { en: "Out", ja: "出力" } },
    example: "/interface/192.0.2.1/3",
    at: ({ exporter = "", interface: index = "" }) => {
      const address = addressOf(exporter);
      const number = interfaceOf(index);
      if (address === null || number === null) return null;
      const own = `ExporterAddr = ${address}`;
      return { name: `${address} ${number}`, in: `${own} and InIf = ${number}`, out: `${own} and OutIf = ${number}` };
    },
    questions: [
      { title: { en: "Sources in", ja: "入力の送信元" }, by: ["SrcAddr"], of: "in" },
      { title: { en: "Destinations out", ja: "出力の宛先" }, by: ["DstAddr"], of: "out" },
      SERVICES,
      { title: { en: "Sent on through", ja: "転送先" }, by: ["ExporterAddr", "OutIf"], of: "in" },
      PROTOCOLS,
      { title: { en: "Type of service", ja: "サービス種別 (ToS)" }, by: ["Tos"], of: "both" },
    ],
  },
  {
    path: "/exporter/:exporter",
    title: { en: "Exporter", ja: "エクスポーターの通信" },
    directions: { in: { en: "Reported", ja: "報告" }, out: SENT },
    example: "/exporter/192.0.2.1",
    at: ({ exporter = "" }) => {
      const address = addressOf(exporter);
      return address === null ? null : { name: address, in: `ExporterAddr = ${address}`, out: null };
    },
    questions: [
      { title: { en: "Input interfaces", ja: "入力インターフェース" }, by: ["ExporterAddr", "InIf"], of: "both" },
      { title: { en: "Output interfaces", ja: "出力インターフェース" }, by: ["ExporterAddr", "OutIf"], of: "both" },
      { title: { en: "Sources", ja: "送信元" }, by: ["SrcAddr"], of: "both" },
      { title: { en: "Destinations", ja: "宛先" }, by: ["DstAddr"], of: "both" },
      SERVICES,
      { title: { en: "Sampling", ja: "サンプリング" }, by: ["SamplingRate"], of: "both" },
    ],
  },
  {
    path: "/port/:port",
    title: { en: "Port", ja: "ポート" },
    directions: { in: { en: "To the port", ja: "このポート宛て" }, out: { en: "From the port", ja: "このポートから" } },
    example: "/port/443",
    at: ({ port = "" }) => {
      const number = portOf(port);
      return number === null ? null : { name: String(number), in: `DstPort = ${number}`, out: `SrcPort = ${number}` };
    },
    questions: [
      { title: { en: "Servers", ja: "サーバー" }, by: ["DstAddr"], of: "in" },
      { title: { en: "Clients", ja: "クライアント" }, by: ["SrcAddr"], of: "in" },
      PROTOCOLS,
      { title: { en: "Answers to", ja: "応答先" }, by: ["DstAddr"], of: "out" },
      INTERFACES,
      { title: { en: "Packet sizes", ja: "パケット長" }, by: ["PacketSizeClass"], of: "both" },
    ],
  },
  {
    path: "/as/:as",
    title: { en: "AS", ja: "AS" },
    directions: { in: RECEIVED, out: SENT },
    example: "/as/64500",
    at: ({ as = "" }) => {
      const number = asNumberOf(as);
      return number === null ? null : { name: String(number), in: `DstAS = ${number}`, out: `SrcAS = ${number}` };
    },
    questions: [
      { title: { en: "Received from AS", ja: "受信元AS" }, by: ["SrcAS"], of: "in" },
      { title: { en: "Sent to AS", ja: "送信先AS" }, by: ["DstAS"], of: "out" },
      { title: { en: "Hosts that receive", ja: "受信ホスト" }, by: ["DstAddr"], of: "in" },
      { title: { en: "Hosts that send", ja: "送信ホスト" }, by: ["SrcAddr"], of: "out" },
      SERVICES,
      INTERFACES,
    ],
  },
  {
    path: "/network/:network",
    title: { en: "Network", ja: "ネットワーク" },
    directions: { in: RECEIVED, out: SENT },
    example: "/network/192.0.2.0%2F24",
    at: ({ network = "" }) => {
      const prefix = networkOf(network);
      return prefix === null ? null : { name: prefix, in: `DstAddr << ${prefix}`, out: `SrcAddr << ${prefix}` };
    },
    questions: [
      { title: { en: "Hosts that receive", ja: "受信ホスト" }, by: ["DstAddr"], of: "in" },
      { title: { en: "Hosts that send", ja: "送信ホスト" }, by: ["SrcAddr"], of: "out" },
      { title: { en: "Received from", ja: "受信元" }, by: ["SrcAddr"], of: "in" },
      { title: { en: "Sent to", ja: "送信先" }, by: ["DstAddr"], of: "out" },
      SERVICES,
      PROTOCOLS,
    ],
  },
  {
    path: "/conversation/:one/:other",
    title: { en: "Conversation", ja: "通信の組" },
    directions: {
      in: { en: "First to second", ja: "前者から後者" },
      out: { en: "Second to first", ja: "後者から前者" },
    },
    example: "/conversation/192.0.2.1/198.51.100.1",
    at: ({ one = "", other = "" }) => {
      const [a, b] = [addressOf(one), addressOf(other)];
      if (a === null || b === null) return null;
      return {
        name: hostsText(a, b),
        in: `SrcAddr = ${a} and DstAddr = ${b}`,
        out: `SrcAddr = ${b} and DstAddr = ${a}`,
      };
    },
    questions: [
      SERVICES,
      { title: { en: "Connections", ja: "コネクション" }, by: ["Proto", "SrcPort", "DstPort"], of: "in" },
      { title: { en: "Connections back", ja: "逆方向のコネクション" }, by: ["Proto", "SrcPort", "DstPort"], of: "out" },
      PROTOCOLS,
      INTERFACES,
      { title: { en: "Packet sizes", ja: "パケット長" }, by: ["PacketSizeClass"], of: "both" },
    ],
  },
];

/** Whether a pattern of a path is the page of a sort of thing, and which. */
export function thingOf(params: PathParams): Thing | undefined {
  const names = Object.keys(params).sort().join();
  return THINGS.find(({ path }) => {
    const own = [...path.matchAll(/:([a-z]+)/g)].map(([, name]) => name!);
    return own.sort().join() === names;
  });
}

/** The filter of some of the traffic of a thing, narrowed by that of the page. */
export function filterOfThing(at: ThingAt, of: Question["of"], filter = ""): string {
  const own = of === "in" ? at.in : of === "out" ? (at.out ?? at.in) : eitherWay(at);
  return filter === "" ? own : `${of === "both" && at.out !== null ? `(${own})` : own} and (${filter})`;
}

function eitherWay({ in: arriving, out }: ThingAt): string {
  if (out === null) return arriving;
  const term = (text: string): string => (text.includes(" and ") ? `(${text})` : text);
  return `${term(arriving)} or ${term(out)}`;
}
