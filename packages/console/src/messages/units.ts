import { catalogue } from "./catalogue.ts";

/** Units of charts, as they are chosen. */
export const units = catalogue({
  en: {
    bps: "bit/s",
    l2: "bit/s L2",
    util: "% of speed",
    pps: "Packets/s",
    fps: "Flows/s",
    bytes: "Bytes",
    packets: "Packets",
    flows: "Flows",
    l2Help: (bytes: number) =>
      `Bits of Ethernet frames: those of IP, and ${bytes} bytes a packet for header and check sequence.`,
    speed: "Speed of the link",
    speedHelp: (bytes: number) =>
      `Such as 100M, 1G or 2.5G. The part in use is of Ethernet frames: ${bytes} bytes a packet are added to those of IP.`,
    noSpeed:
      "Type the speed of the link to see the part in use; until then it is bit/s. Speeds by SNMP are used where groups or the filter are of one interface: ExporterAddr and InIf or OutIf.",
    bySnmp: (speed: string, link: string) => `Parts of ${speed}, the speed of ${link} by SNMP now`,
    severalLinks:
      "Each line is a part of the speed of its own interface, by SNMP. They do not add up: there is no total.",
    ofSnmp: (speed: string) => `${speed} by SNMP`,
    showPart: (speed: string) => `% of ${speed}`,
    showPartHelp: "Shows bits of Ethernet frames, and which part of the speed they are",
    badSpeed: (text: string) => `"${text}" is not a speed; write 100M, 1G or 2.5G.`,
    inward: "In",
    outward: "Out",
  },
  ja: {
    bps: "bit/s",
    l2: "bit/s L2",
    util: "回線速度の %",
    pps: "パケット/秒",
    fps: "フロー/秒",
    bytes: "バイト数",
    packets: "パケット数",
    flows: "フロー数",
    l2Help: (bytes: number) =>
      `イーサネットフレームのビット数です。IP のビット数に、ヘッダーと検査符号の分としてパケットごとに ${bytes} バイトを加えます。`,
    speed: "回線の速度",
    speedHelp: (bytes: number) =>
      `100M、1G、2.5G のように書きます。使用率はイーサネットフレームで数え、IP にパケットごとに ${bytes} バイトを加えます。`,
    noSpeed:
      "回線の速度を入力すると使用率を表示します。それまでは bit/s です。グループかフィルターが1つのインターフェース (ExporterAddr と InIf または OutIf) を指すときは、SNMP の速度を使います。",
    bySnmp: (speed: string, link: string) => `SNMP による ${link} の現在の速度 ${speed} に対する割合`,
    severalLinks:
      "各線は、SNMP によるそのインターフェース自身の速度に対する割合です。足し合わせられないので合計はありません。",
    ofSnmp: (speed: string) => `SNMP では ${speed}`,
    showPart: (speed: string) => `${speed} の %`,
    showPartHelp: "イーサネットフレームのビット数と、速度に対する割合を表示します",
    badSpeed: (text: string) => `「${text}」は速度ではありません。100M、1G、2.5G のように書いてください。`,
    inward: "入力",
    outward: "出力",
  },
});
