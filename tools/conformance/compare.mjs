// Compares what ngflow makes of a case with what the case expects.
import { differenceIn } from "./values.mjs";

const LISTS = ["flows", "options", "counters", "drops", "templates"];

/** How many there are of everything that a case counts. */
function countsOf(decoded) {
  const { flows, options, counters, drops, templates } = decoded;
  const optionsTemplates = templates.filter(({ scope }) => scope !== undefined).length;
  return {
    flows: flows.length,
    options: options.length,
    records: flows.length + options.length,
    counters: counters.length,
    drops: drops.length,
    templates: templates.length - optionsTemplates,
    optionsTemplates,
  };
}

/** The sum of a field over all flows, exact; of the reverse direction only where it is sent. */
function sumOf(flows, name) {
  let sum = 0n;
  for (const { fields } of flows) {
    const value = fields[name];
    if (typeof value === "number" || typeof value === "string") sum += BigInt(value);
  }
  return sum.toString();
}

function* countDifferences(expected, decoded, where) {
  const counts = countsOf(decoded);
  for (const [name, number] of Object.entries(expected.counts ?? {})) {
    if (name === "groups") continue;
    if (counts[name] !== number) yield { record: "-", field: `${where}${name}`, expected: number, got: counts[name] };
  }
  for (const [name, sum] of Object.entries(expected.sums ?? {})) {
    const got = sumOf(decoded.flows, name);
    if (String(sum) !== got) yield { record: "-", field: `${where}sum of ${name}`, expected: sum, got };
  }
}

function* listDifferences(list, expect, decoded, elements) {
  const stated = expect[list];
  const found = decoded[list];
  if (expect.partial === false && found.length !== stated.length) {
    yield { record: "-", field: list, expected: stated.length, got: found.length };
  }
  for (const [i, want] of stated.entries()) {
    const number = want["@record"];
    const record = number === undefined ? found[i] : found.find((each) => each.record === number);
    const at = `${list} ${number ?? i}`;
    if (record === undefined) {
      yield { record: at, field: "record", expected: "a record", got: undefined };
      continue;
    }
    for (const [name, value] of Object.entries(want)) {
      const difference =
        list === "templates" && name === "fields"
          ? templateDifference(record, value)
          : differenceIn(record, name, value, elements);
      if (difference !== undefined) yield { record: at, field: name, expected: value, got: difference.got };
    }
  }
}

function templateDifference({ scope = [], fields }, expected) {
  const got = [...scope, ...fields].map(({ id, length }) => [id, length]);
  return JSON.stringify(got) === JSON.stringify(expected) ? undefined : { got };
}

/** Flows summed by the fields of `groupBy`, against the stated groups. */
function* groupDifferences({ groups, groupBy, counts, partial }, flows) {
  const keyOf = (fields) => JSON.stringify(groupBy.map((name) => fields[name] ?? null));
  const found = new Map();
  for (const flow of flows) {
    const key = keyOf(flow.fields);
    found.set(key, [...(found.get(key) ?? []), flow]);
  }
  const wanted = counts?.groups ?? (partial === false ? groups.length : undefined);
  if (wanted !== undefined && wanted !== found.size) {
    yield { record: "-", field: "groups", expected: wanted, got: found.size };
  }
  for (const group of groups) {
    const key = keyOf(group);
    const members = found.get(key) ?? [];
    for (const name of Object.keys(group).filter((each) => !groupBy.includes(each) && !each.startsWith("@"))) {
      const got = sumOf(members, name);
      if (String(group[name]) !== got) yield { record: `group ${key}`, field: name, expected: group[name], got };
    }
  }
}

/**
 * The differences between `decoded` (see decode.mjs) and what a case expects: `record`, `field`, `expected`, `got`
 * (undefined where there is nothing). `elements` are the elements of the set by name.
 */
export function differencesOf({ expect, derived = {} }, decoded, elements) {
  const found = [...countDifferences(expect, decoded, "")];
  const counted = Object.fromEntries(Object.entries(derived).filter(([name]) => name in countsOf(decoded)));
  found.push(...countDifferences({ counts: counted, sums: derived.sums }, decoded, "derived "));
  for (const list of LISTS) if (list in expect) found.push(...listDifferences(list, expect, decoded, elements));
  if ("groups" in expect) found.push(...groupDifferences(expect, decoded.flows));
  return found;
}
