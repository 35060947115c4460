import { formatIpv6 } from "@ngflow/base";
import { type Literal, type Predicate, type Prefix, valueByName, type ValueName } from "@ngflow/flows";
import { valueSql } from "./derived-sql.ts";
import { lookupSql } from "./lookup-sql.ts";
import { entrySql } from "./entry-sql.ts";

/** A filter as a condition on the rows of a table. */
export function predicate(table: string, tree: Predicate): string {
  switch (tree.kind) {
    case "all":
      return "1";
    case "and":
    case "or":
      return tree.terms.map((term) => `(${predicate(table, term)})`).join(tree.kind === "and" ? " AND " : " OR ");
    case "not":
      return `NOT (${predicate(table, tree.term)})`;
    case "entry":
      return entrySql(table, tree);
    case "named":
      throw new Error(`the names of ${tree.value} were not resolved`);
    case "lookup":
      return tree.numbers.length === 0 ? "0" : `${lookupSql(table, tree.lookup)} IN (${tree.numbers.join(", ")})`;
    case "compare":
      return `${valueSql(table, tree.column)} ${tree.operator} ${literal(tree.column, tree.value)}`;
    case "between":
      return `${valueSql(table, tree.column)} BETWEEN ${literal(tree.column, tree.low)} AND ${literal(tree.column, tree.high)}`;
    case "oneOf":
      return `${valueSql(table, tree.column)} IN (${tree.values.map((value) => literal(tree.column, value)).join(", ")})`;
    case "prefixes":
      return inPrefixes(valueSql(table, tree.column), tree.prefixes);
    case "bits": {
      const common = `bitAnd(${valueSql(table, tree.column)}, ${tree.mask})`;
      return tree.match === "all" ? `${common} = ${tree.mask}` : `${common} != 0`;
    }
    case "columns":
      return `${valueSql(table, tree.left)} ${tree.operator} ${valueSql(table, tree.right)}`;
  }
}

function literal(column: ValueName, value: Literal): string {
  if (value.kind === "ip") return `toIPv6('${formatIpv6(value.bytes)}')`;
  return valueByName(column).kind === "ms"
    ? `fromUnixTimestamp64Milli(toInt64(${value.value}), 'UTC')`
    : value.value.toString();
}

/**
 * One hash set for each length: the network of an address at that length is looked up in it. The set is one literal, so
 * thousands of prefixes are not thousands of nodes for ClickHouse to analyse.
 */
function inPrefixes(address: string, prefixes: readonly Prefix[]): string {
  const networks = new Map<number, Set<string>>();
  for (const { bytes, length } of prefixes) {
    const set = networks.get(length) ?? new Set();
    networks.set(length, set.add(formatIpv6(bytes)));
  }
  const tests = Array.from(networks, ([length, set]) => {
    const list = [...set].join(" ");
    return `IPv6CIDRToRange(${address}, ${length}).1 IN (SELECT toIPv6(arrayJoin(splitByChar(' ', '${list}'))))`;
  });
  return tests.join(" OR ");
}
