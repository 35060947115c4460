// A graph over the interfaces of this network namespace, driven by lines of ngctl words on standard input; the
// interfaces that the environment's NGFLOW_INLINE names have their nodes between wire and host. Answers every line with
// a line of JSON: the errno, the replies, and the counters of every node.
import { createInterface } from "node:readline";
import { createGraph, openControlSocket } from "@ngflow/graph";
import { NODE_TYPES, watchInterfaces } from "@ngflow/nodes";

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const graph = createGraph({ clock, types: NODE_TYPES });
const inline = (process.env.NGFLOW_INLINE ?? "").split(" ");
const ring = JSON.parse(process.env.NGFLOW_RING ?? "{}");
const watch = watchInterfaces(graph, { intervalMs: 3_600_000, inline, ring });
setInterval(() => graph.tick(Date.now()), 1).unref();
let replies = [];
const control = openControlSocket(graph, {
  name: "ngctl",
  events: {
    onMessage: (_from, message) => replies.push(Buffer.from(message.subarray(56)).toString("hex")),
    onData() {},
  },
});
const ngctl = graph.node(control.nodeId);

function write(hook, count) {
  for (let i = 0; i < Number(count); i++) control.write(hook, Buffer.from(`datagram ${i}`));
}

const operations = {
  mkpeer: (path, type, hook, peer) => graph.mkpeer(ngctl, path, type, hook, peer),
  connect: (path, relpath, hook, peer) => graph.connect(ngctl, path, relpath, hook, peer),
  rmhook: (path, hook) => graph.rmhook(ngctl, path, hook),
  name: (path, name) => graph.setName(ngctl, path, name),
  shutdown: (path) => graph.shutdown(ngctl, path),
  msg: (path, command, ...args) => control.sendAscii(path, command, args.join(" ")).errno,
  write: (hook, count) => graph.run(() => write(hook, count)),
  writeAndRemove: (hook, count) =>
    graph.run(() => {
      write(hook, count);
      graph.rmhook(ngctl, ".", hook);
    }),
  show: () => {},
  drain: () => watch.drain(),
  quit: () => {
    watch.stop();
    process.exit(0);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...words] = line.split(" ");
  replies = [];
  let errno = 0;
  try {
    const result = operations[verb](...words);
    if (typeof result === "number") errno = result;
  } catch (error) {
    errno = error.errno;
  }
  const nodes = {};
  for (const { name, type, hooks, counters } of graph.snapshot().nodes) {
    nodes[name ?? type] = { type, hooks: hooks.map((hook) => hook.name), counters };
  }
  console.log(JSON.stringify({ errno, replies, nodes }));
}
