// The value of one name that a case states, as ngflow gives it, and whether two values are the same.
import { elementById } from "@ngflow/wire";

/** Milliseconds by which a time that follows from uptimes may differ. */
const DERIVED_TIME_MS = 1;
/** Columns of the collector with times that follow from the uptimes of a record and its header. */
const TIME_COLUMNS = { flowStartMilliseconds: "TimeStart", flowEndMilliseconds: "TimeEnd" };
const LABEL_SECTIONS = [
  "mplsTopLabelStackSection",
  ...Array.from({ length: 9 }, (_, i) => `mplsLabelStackSection${i + 2}`),
];

const isoTime = (ms) => new Date(ms).toISOString();

/** What is said of a record beside its fields, by the name that a case has for it. */
const FACTS = {
  "@record": ({ record }) => record,
  "@version": ({ version }) => version,
  "@count": ({ header }) => header?.count,
  "@sequence": ({ sequence }) => sequence,
  "@setId": ({ template }) => template ?? undefined,
  "@domain": ({ domain }) => domain,
  "@length": ({ header }) => header?.length,
  "@sysUpTime": ({ header }) => header?.sysUpTimeMs,
  "@exportTime": ({ header }) =>
    header && isoTime(header.exportSeconds * 1000 + Math.floor(header.exportNanoseconds / 1e6)),
  "@exporter": ({ exporter }) => exporter,
  "@agent": ({ agent }) => agent,
  "@subAgentId": ({ domain }) => domain,
  "@sampleSequence": ({ fields }) => fields.sampleSequence,
  templateId: ({ template }) => template,
};

/** Name in `scope` of a scope of NetFlow v9: `scopeLineCard` is `lineCard` there. */
const scopeName = (name) => (/^scope[A-Z]/.test(name) ? name[5].toLowerCase() + name.slice(6) : name);

/** The field of a record by name, or by number where ngflow has another name for the element, or none. */
function fieldOf({ fields, scope }, name, elements) {
  const own = fields[name] ?? scope?.[scopeName(name)];
  const element = elements[name];
  if (own !== undefined || element === undefined) return own;
  const pen = element.pen ?? 0;
  const id = element.id ?? element.v9;
  const ours = elementById(pen, id)?.name ?? `${pen}.${id}`;
  return fields[ours] ?? scope?.[ours];
}

/**
 * 20-bit labels, top first, of the sections of 3 bytes that a record has, down to the one that has the bit for the
 * bottom of the stack (RFC 3032 section 2.1). The top one is that of the collector.
 */
function labelsOf({ fields, row }) {
  const sections = LABEL_SECTIONS.map((name) => fields[name]).filter((value) => value !== undefined);
  const bottom = sections.findIndex((hex) => (Number(hex) & 1) === 1);
  const labels = sections.slice(0, bottom < 0 ? undefined : bottom + 1).map((hex) => Number(hex) >>> 4);
  return row === undefined ? labels : [row.MplsLabel, ...labels.slice(1)];
}

/**
 * Compares what a case states of a record with what ngflow makes of it. `row` is the collector's row of a flow.
 * @returns undefined when they agree, else `{ got }`
 */
export function differenceIn(record, name, expected, elements) {
  const fact = FACTS[name];
  if (fact !== undefined) return judge(expected, fact(record), name === "@exportTime");
  if (name === "mplsLabels") return judge(expected, labelsOf(record));
  const own = fieldOf(record, name, elements);
  const { row } = record;
  const column = TIME_COLUMNS[name];
  if (column !== undefined && own === undefined && expected !== null) {
    const derived = row?.[column];
    if (derived === undefined) return { got: undefined };
    return Math.abs(derived - Date.parse(expected)) <= DERIVED_TIME_MS ? undefined : { got: isoTime(derived) };
  }
  // The rate that applies is the collector's; a rate that is 0 or absent is its rate 1.
  if (name === "samplingInterval" && row !== undefined) {
    const { SamplingRate: rate, SamplingSource: source } = row;
    if (expected === null) return source === 0 && own === undefined ? undefined : { got: rate };
    if (rate !== Math.max(1, Number(expected))) return { got: rate };
    return own === undefined ? undefined : judge(expected, own);
  }
  return judge(expected, own);
}

function judge(expected, got, isTime = false) {
  const same = expected === null ? got === undefined : isTime ? sameTime(expected, got) : sameValue(expected, got);
  return same ? undefined : { got };
}

/** Whether two times are the same in the digits that the expected one has. */
function sameTime(expected, got) {
  const digits = /[.]\d+(?=Z$)/.exec(expected)?.[0].length ?? 0;
  return got !== undefined && Date.parse(expected) === Date.parse(digits > 0 ? got : got.replace(/[.]\d+/, ""));
}

/** Octets are hexadecimal text, ours with `0x` before it; integers may be text. Nothing else may differ. */
function sameValue(expected, got) {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(got) && got.length === expected.length && expected.every((value, i) => sameValue(value, got[i]))
    );
  }
  if (typeof expected === "string" && typeof got === "string") return got === expected || got === `0x${expected}`;
  if (typeof expected === "number" && typeof got === "number") return expected === got;
  return /^-?\d+$/.test(String(expected)) && String(expected) === String(got);
}
