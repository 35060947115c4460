import { type Graph, openControlSocket } from "@ngflow/graph";
import { expect, it } from "vitest";
import { TestMachine } from "../testing/test-machine.ts";
import { rebuildScript, type RebuildScript, scriptText } from "./rebuild-script.ts";

/** Runs commands as ngctl does. */
function run(graph: Graph, { commands }: Pick<RebuildScript, "commands">): void {
  const socket = openControlSocket(graph, { events: { onMessage: () => {}, onData: () => {} } });
  for (const [verb, ...words] of commands) {
    const [a, b, c, d] = words as [string, string, string, string];
    if (verb === "mkpeer") graph.mkpeer(undefined, a, b, c, d);
    else if (verb === "connect") graph.connect(undefined, a, b, c, d);
    else if (verb === "name") graph.setName(undefined, a, b);
    else if (verb === "msg") expect(socket.sendAscii(a, b, c ?? "").errno).toBe(0);
    else throw new Error(`unexpected command ${verb}`);
  }
  socket.close();
}

const BUILT = [
  ["mkpeer", "em0:", "meter", "lower", "a"],
  ["name", "em0:lower", "count"],
  ["mkpeer", "count:", "tee", "b", "a"],
  ["connect", "em0:", "em0:lower.b", "upper", "b"],
  ["msg", "count:", "setlimit", "70000"],
];

it("says how to make nodes, names, edges and settings again", () => {
  const { graph } = new TestMachine("em0");
  run(graph, { commands: BUILT });
  const script = rebuildScript(graph);
  expect(script.beyond).toEqual([]);
  expect(script.commands.at(-1)).toEqual(["msg", "count:", "setlimit", "70000"]);

  const copy = new TestMachine("em0").graph;
  expect(rebuildScript(copy).commands).toEqual([]);
  run(copy, script);
  expect(rebuildScript(copy)).toEqual(script);
  const shape = (of: Graph): string[] =>
    [...of.nodes()].map(({ name, type, hooks }) => `${name} ${type.name} ${[...hooks.keys()].sort().join(",")}`).sort();
  expect(shape(copy)).toEqual(shape(graph));
});

it("leaves programs at control sockets out", () => {
  const { graph } = new TestMachine("em0");
  openControlSocket(graph, { name: "program", events: { onMessage: () => {}, onData: () => {} } });
  expect(rebuildScript(graph)).toEqual({ commands: [], beyond: [] });
});

it.each([
  [["name", "a:", "b"], "name a: b\n"],
  [["name", "a:", "b c"], '# cannot be written as a line: ["name","a:","b c"]\n'],
  [["msg", "a:", "set", "{ x=1 }"], "msg a: set { x=1 }\n"],
  [["msg", "a:", "set", "1\n2"], '# cannot be written as a line: ["msg","a:","set","1\\n2"]\n'],
])("writes %j as a line, or as a comment where ngctl could not read it", (words, text) => {
  expect(scriptText({ commands: [words], beyond: [] })).toBe(text);
});

it("writes what no command brings back as comments behind the commands", () => {
  expect(scriptText({ commands: [["list"]], beyond: ["one\nthing"] })).toBe("list\n# one thing\n");
});
