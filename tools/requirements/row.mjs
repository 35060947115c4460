/** Files of tests that many rows name. */
export const FILES = {
  protocols: "packages/wire/src/protocols.test.ts",
  template: "packages/wire/src/template/template.test.ts",
  value: "packages/wire/src/record/field-value.test.ts",
  lists: "packages/wire/src/record/structured-value.test.ts",
  registry: "packages/wire/src/element/registry.test.ts",
  enterprise: "packages/wire/src/element/enterprise/enterprise.test.ts",
  collector: "packages/collector/src/collector.test.ts",
  rules: "packages/collector/src/session/template-rules.test.ts",
  lifetime: "packages/collector/src/session/template-lifetime.test.ts",
  facts: "packages/collector/src/session/exporter-facts.test.ts",
  sequence: "packages/collector/src/session/sequence.test.ts",
  work: "packages/collector/src/work.test.ts",
  times: "packages/collector/src/plan/times.test.ts",
  types: "packages/collector/src/session/type-information.test.ts",
  described: "apps/ngflow/src/decode/described-elements.test.ts",
  totals: "packages/collector/src/plan/count-rows.test.ts",
  file: "apps/ngflow/src/decode/decode-file.test.ts",
  netflow: "packages/nodes/src/netflow/netflow.test.ts",
  sent: "packages/nodes/src/netflow/modern/export/message-rules.test.ts",
  options: "packages/nodes/src/netflow/modern/export/exporting.test.ts",
  engine: "packages/nodes/src/netflow/modern/engine.test.ts",
  fields: "packages/nodes/src/netflow/modern/fields/fields.test.ts",
  ksocket: "packages/nodes/src/ksocket/ksocket.test.ts",
  dissection: "tests/interop/dissection.test.ts",
};

/** Whom a rule binds. */
export const COLLECTOR = "collector";
export const EXPORTER = "exporter";
export const BOTH = "both";

/** A test: its file, and the title that is written there. */
const tests = (pairs) => pairs.map(([file, title]) => ({ file, title }));

/** What became of a rule. Tests are pairs of a file and a title. */
export const done = (...pairs) => ({ state: "done", tests: tests(pairs), why: "" });
export const otherwise = (why, ...pairs) => ({ state: "otherwise", tests: tests(pairs), why });
export const absent = (why) => ({ state: "not applicable", tests: [], why });
