import { NgflowError } from "@ngflow/base";
import { OptionsError } from "../../options/errors.ts";
import { ServiceError } from "../errors.ts";
import type { Printer } from "../printer.ts";
import { GRAPHS, type Measurements, type MuninGraph } from "./graphs.ts";

export interface MuninOptions {
  /** Name under which munin-node runs the executable: `ngflow` or `ngflow_` for all graphs, else one graph's. */
  readonly link: string;
  /** `MUNIN_CAP_DIRTYCONFIG` of the environment: `config` brings the values along. */
  readonly dirtyConfig: boolean;
  /** @throws NgflowError when no `ngflow serve` answers. */
  readonly measure: () => Promise<Measurements>;
  readonly print: Printer;
}

/**
 * Answers munin-node (the protocol of its plugins): `autoconf`, `suggest`, `config`, and values without an argument.
 *
 * @returns the exit status.
 * @throws NgflowError for another word, or a link that names no graph.
 */
export async function runMunin(word: string, options: MuninOptions): Promise<number> {
  const { print } = options;
  switch (word) {
    case "autoconf":
      print.out(
        await options.measure().then(
          () => "yes\n",
          (error: Error) => `no (${error.message})\n`,
        ),
      );
      return 0;
    case "suggest":
      for (const { name } of GRAPHS) print.out(`${name.replace("ngflow_", "")}\n`);
      return 0;
    case "config":
      await printConfig(options);
      return 0;
    case "":
    case "fetch":
      await printValues(chosen(options.link), options, await measured(options));
      return 0;
    default:
      throw new OptionsError("usage", `"${word}" is not one of autoconf, suggest, config, fetch`);
  }
}

function chosen(link: string): readonly MuninGraph[] {
  if (link === "ngflow" || link === "ngflow_") return GRAPHS;
  const graph = GRAPHS.find(({ name }) => name === link);
  if (graph !== undefined) return [graph];
  throw new ServiceError(
    "munin-link",
    `no graph ${link}; the graphs are ${GRAPHS.map(({ name }) => name).join(", ")}, and ngflow for all of them`,
  );
}

async function printConfig(options: MuninOptions): Promise<void> {
  const graphs = chosen(options.link);
  const values = options.dirtyConfig ? await measured(options) : undefined;
  for (const graph of graphs) {
    if (graphs.length > 1) options.print.out(`multigraph ${graph.name}\n`);
    options.print.out(`graph_title ${graph.title}\ngraph_category network\n`);
    for (const [key, value] of Object.entries(graph.attributes)) options.print.out(`${key} ${value}\n`);
    for (const { name, label, attributes } of graph.fields) {
      options.print.out(`${name}.label ${label}\n`);
      for (const [key, value] of Object.entries(attributes)) options.print.out(`${name}.${key} ${value}\n`);
    }
    if (values !== undefined) printFields(graph, options, values);
  }
}

async function printValues(
  graphs: readonly MuninGraph[],
  options: MuninOptions,
  values: Measurements | null,
): Promise<void> {
  for (const graph of graphs) {
    if (graphs.length > 1) options.print.out(`multigraph ${graph.name}\n`);
    printFields(graph, options, values);
  }
}

/** `U` is munin's notation for an unknown value. */
function printFields(graph: MuninGraph, { print }: MuninOptions, values: Measurements | null): void {
  for (const { name, value } of graph.fields) {
    print.out(`${name}.value ${values === null ? "U" : (value(values) ?? "U")}\n`);
  }
}

async function measured({ measure, print }: MuninOptions): Promise<Measurements | null> {
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    print.err(`ngflow: ${error.message}\n`);
    return null;
  }
}
