import { formatTable } from "../output/table.ts";
import { wrapText } from "../output/wrap-text.ts";
import type { Comparison } from "./compare.ts";

/** Columns of a line of text. */
const WIDTH = 80;
/** Differences of a question that are shown. */
const SHOWN = 3;

/** A comparison for people. */
export function renderComparison(found: Comparison, human: boolean): string {
  const rows = found.questions.map(({ by, nfdump, filter, groups, verdict, different }) => ({
    question: by,
    nfdump: `-s ${nfdump} ${filter}`.trim(),
    groups,
    different,
    verdict,
  }));
  const counts = (["ngflow", "nfdump"] as const).map((who) => ({ from: who, ...found.total[who] }));
  const parts = [
    wrapText(
      `flows from ${found.from} to ${found.to}${found.filter === "" ? "" : `, ${found.filter}`}`,
      WIDTH,
      "",
      "  ",
    )
      .map((line) => `${line}\n`)
      .join(""),
    formatTable(["from", "flows", "packets", "bytes"], counts, { human }),
    questionTable(rows, human),
  ];
  const details = found.questions.flatMap(({ by, verdict, different, differences, reasons }) =>
    verdict === "equal"
      ? []
      : [
          ...differences
            .slice(0, SHOWN)
            .map(
              ({ group, metric, ngflow, nfdump }) =>
                `${by} ${group ?? "(total)"}: ${metric} ${ngflow} in ngflow, ${nfdump} in nfdump`,
            ),
          ...(different > SHOWN
            ? [`${by}: and ${different - SHOWN} more; --json has ${differences.length} of them`]
            : []),
          ...(verdict === "explained" ? reasons.map((reason) => `${by}: ${reason}`) : [`${by}: no reason is known`]),
        ],
  );
  if (details.length > 0) parts.push(details.map((line) => `${line}\n`).join(""));
  const notes = [
    ...(found.counters === "raw"
      ? ["nfcapd has the counters as exported; ngflow's were compared so, not multiplied by the sampling rate"]
      : []),
    ...exporterNotes(found),
    `${found.equal} of ${found.questions.length} questions equal, ${found.explained} different for a known reason, ${found.unexplained} for none`,
  ];
  parts.push(notes.map((note) => `${wrapText(note, WIDTH).join("\n")}\n`).join(""));
  return parts.join("\n");
}

/** The questions with their verdicts, without what nfdump was asked where a terminal has no room for it. */
function questionTable(rows: Parameters<typeof formatTable>[1], human: boolean): string {
  const table = formatTable(["question", "nfdump", "groups", "different", "verdict"], rows, { human: false });
  const isWide = table.split("\n").some((line) => line.length > WIDTH);
  return isWide && human ? formatTable(["question", "groups", "different", "verdict"], rows, { human: false }) : table;
}

function exporterNotes({ sameNames, onlyNgflow, onlyNfcapd }: Comparison): string[] {
  const ends = [
    ["ngflow", onlyNgflow],
    ["nfcapd", onlyNfcapd],
  ] as const;
  if (!sameNames)
    return [
      `no exporter has the same address in both (${ends.map(([who, ips]) => `${who}: ${ips.join(", ")}`).join("; ")}); all flows were compared, but not by exporter`,
    ];
  return ends.flatMap(([who, ips]) =>
    ips.length === 0 ? [] : [`only ${who} has flows of ${ips.join(", ")}; they were left out`],
  );
}
