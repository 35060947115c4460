import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { must, NGCTL, NGFLOW, SAME_USER } from "../support/command.ts";
import { type Host } from "../support/hosts.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "nsenter", "sysctl");

/** The network of a host, while /sys stays the one that shows this machine's interfaces. */
function networkOf(host: Host): Host {
  return { ...host, exec: (words) => ["nsenter", `--net=/run/netns/${host.namespace}`, "--", ...words] };
}

describe("a network namespace whose interfaces /sys does not show", () => {
  const on = useTwoHosts(missing);

  test("the graph has its interfaces, and no other", async () => {
    const control = join(on.folder, "control.sock");
    const words = [...NGFLOW, "graph", "--interface", "eth0", "--control", control, ...SAME_USER];
    const graph = on.start(words, { on: networkOf(on.hosts.left) });
    await graph.until("ngflow graph", () => graph.stdout.includes(control));
    const nodes = JSON.parse(must([...NGCTL, "--control", control, "list", "--json"])) as {
      name: string;
      type: string;
    }[];
    expect(nodes.filter(({ type }) => type === "ether").map(({ name }) => name)).toEqual(["eth0"]);
    must(on.hosts.left.exec(["ip", "link", "set", "eth0", "name", "em0", "down"]));
    await graph.until("the new name", () => must([...NGCTL, "--control", control, "list"]).includes("Name: em0 "));
  });
});

describe("a network namespace without control groups", () => {
  const on = useTwoHosts(missing);

  test("the store starts without a word about them", async () => {
    const data = ["--data", join(on.folder, "data"), "--http", "127.0.0.1:0", ...SAME_USER];
    const serve = on.start([...NGFLOW, "serve", ...data, "--control", join(on.folder, "control.sock")]);
    await serve.until("ngflow serve", () => serve.stdout.includes("console  "));
    expect(serve.stderr).not.toMatch(/cgroup|Stack trace|^\d+\. /m);
  });
});
