import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { memoryCollector, type Row } from "../testing/memory-collector.ts";

const CORPUS = path.join(process.env["NGFLOW_SHARED"]!, "corpus");

/** What rows of captures have: set and files, then the values of one row, for columns that few exporters fill. */
const CASES: readonly [title: string, folder: string, files: readonly string[], row: Partial<Row>][] = [
  [
    "Cisco ASA, events of 8.x",
    "logstash-codec-netflow",
    ["netflow9_test_cisco_asa_1_tpl.dat", "netflow9_test_cisco_asa_1_data.dat"],
    { SrcAddrNAT: "192.168.23.22", SrcPortNAT: 17_549, FirewallEvent: 2 },
  ],
  [
    "Cisco ASA, events of 9.x",
    "logstash-codec-netflow",
    [
      "netflow9_test_cisco_asa_2_tpl_26x.dat",
      "netflow9_test_cisco_asa_2_tpl_27x.dat",
      "netflow9_test_cisco_asa_2_data.dat",
    ],
    { SrcAddrNAT: "192.168.0.1", SrcPortNAT: 56_651, FirewallEvent: 2 },
  ],
  [
    "Fortinet, whose application ids have nine bytes",
    "logstash-codec-netflow",
    [
      "netflow9_test_fortigate_fortios_542_appid_tpl258-269.dat",
      "netflow9_test_fortigate_fortios_542_appid_data258_262.dat",
    ],
    { SrcAddrNAT: "10.0.0.250", SrcPortNAT: 45_380, OutBytes: 748, ForwardingStatus: 64, ApplicationId: 0 },
  ],
  [
    "MikroTik",
    "logstash-codec-netflow",
    ["ipfix_test_mikrotik_tpl.dat", "ipfix_test_mikrotik_data258.dat", "ipfix_test_mikrotik_data259.dat"],
    { SrcAddrNAT: "192.168.230.216" },
  ],
  [
    "Cisco ASR 9000",
    "logstash-codec-netflow",
    ["netflow9_test_cisco_asr9k_tpl260.dat", "netflow9_test_cisco_asr9k_data260.dat"],
    { InVrf: 1_610_612_736, BgpNextHop: "10.0.14.27", ForwardingStatus: 64, FlowSampler: 1 },
  ],
  [
    "Cisco WLC",
    "logstash-codec-netflow",
    ["netflow9_test_cisco_wlc_tpl.dat", "netflow9_test_cisco_wlc_data261.dat"],
    { ApplicationId: 0x0d00_01af },
  ],
  [
    "Viptela",
    "logstash-codec-netflow",
    ["ipfix_test_viptela_tpl257.dat", "ipfix_test_viptela_data257.dat"],
    { LengthMin: 70 },
  ],
  ["sFlow", "telegraf-netflow", ["sflow_issue_15918/message.bin"], { PostVlan: 154, TtlMin: 63, TtlMax: 63 }],
];

it.skipIf(!existsSync(CORPUS)).each(CASES)("columns of a capture: %s", async (_, folder, files, row) => {
  const memory = memoryCollector({ batchRows: 64 });
  let rows: readonly Row[] = [];
  for (const file of files) rows = await memory.receive(readFileSync(path.join(CORPUS, folder, file)));
  expect(rows).toContainEqual(expect.objectContaining(row));
});
