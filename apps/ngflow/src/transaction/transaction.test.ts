import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { frame, startTryDaemon } from "./testing/try-daemon.ts";

const METERED = `mkpeer em0: netflow lower iface0
name em0:lower netflow
connect em0: netflow: upper out0
msg netflow: setconfig { iface=0 conf=3 }
msg netflow: settimeouts { inactive=7 active=60 }
`;

describe("ngctl -t", () => {
  it("applies a script, and what its messages answer is printed", async () => {
    await using daemon = await startTryDaemon();
    const run = await daemon.ngctl(["-t", "FILE"], `${METERED}msg netflow: ifinfo 0\n`);
    expect(run).toEqual({
      status: 0,
      out: expect.stringMatching(
        /^Rec'd response "ifinfo" \(805306370\) from "\[\w+\]:":\nArgs:\t\{ data link type=1 conf=3 \}\n$/,
      ),
      err: "",
    });
    expect(daemon.shape()).toEqual({
      em0: { type: "ether", hooks: ["lower netflow:iface0", "upper netflow:out0"] },
      em1: { type: "ether", hooks: [] },
      netflow: { type: "netflow", hooks: ["iface0 em0:lower", "out0 em0:upper"] },
    });
  });

  it("takes a script from standard input, and one pasted from a terminal", async () => {
    await using daemon = await startTryDaemon();
    const pasted = METERED.split("\n").map((line) => (line === "" ? "" : `+ ${line}`));
    expect(await daemon.ngctl(["-t", "-"], `# ngctl\n${pasted.join("\n")}`)).toEqual({ status: 0, out: "", err: "" });
    expect(daemon.graph.resolve(undefined, "netflow:").type.name).toBe("netflow");
  });

  it("lets no packet meet a half-made graph", async () => {
    await using daemon = await startTryDaemon();
    let sent = 0;
    let running = true;
    const pump = (async () => {
      while (running) {
        daemon.graph.run(() => daemon.em0.fromWire(frame()));
        sent++;
        await turn();
      }
    })();
    for (let i = 0; i < 3; i++) {
      expect(await daemon.ngctl(["-t", "FILE"], METERED)).toEqual({ status: 0, out: "", err: "" });
      expect((await daemon.ngctl(["-t", "FILE"], "shutdown netflow:\n")).status).toBe(0);
    }
    running = false;
    await pump;
    expect(sent).toBeGreaterThan(10);
    expect(daemon.received()).toBe(sent);
  });

  it("refuses before anything is changed when a step would be refused", async () => {
    await using daemon = await startTryDaemon();
    const before = daemon.shape();
    const run = await daemon.ngctl(
      ["-t", "FILE"],
      "mkpeer em0: netflow lower iface0\n\nconnect em0: netflow: upper out0\n",
    );
    expect(run.status).toBe(71);
    expect(run.err).toBe(
      "ngctl: line 3: connect em0: netflow: upper out0: send msg: No such file or directory (no node is called netflow; nodes: em0, em1)\n" +
        "ngctl: nothing was changed\n",
    );
    expect(daemon.shape()).toEqual(before);
  });

  it("knows the live graph: ids, names, and hooks that are taken", async () => {
    await using daemon = await startTryDaemon();
    await daemon.ngctl(["-t", "FILE"], METERED);
    const { id } = daemon.graph.resolve(undefined, "netflow:");
    const again = await daemon.ngctl(["-t", "FILE"], METERED);
    expect(again.status).toBe(71);
    expect(again.err).toContain("File exists (the hook lower of em0 is connected already, with netflow:iface0)");
    expect((await daemon.ngctl(["-t", "FILE"], `name [${id.toString(16)}]: meter\n`)).status).toBe(0);
    expect(daemon.graph.resolve(undefined, "meter:").id).toBe(id);
  });

  it("runs a shell script as it turns out on the live graph: what it expects to fail is left out", async () => {
    await using daemon = await startTryDaemon();
    const script = `#!/bin/sh
ngctl shutdown old: 2>/dev/null
if ! ngctl show netflow: >/dev/null 2>&1; then
  ngctl mkpeer em0: netflow lower iface0
  ngctl name em0:lower netflow
  ngctl connect em0: netflow: upper out0
fi
`;
    for (let i = 0; i < 2; i++) {
      expect(await daemon.ngctl(["-t", "FILE"], script)).toMatchObject({ status: 0, err: "" });
      expect(daemon.graph.resolve(undefined, "netflow:").hooks.size).toBe(2);
    }
    const unclear = await daemon.ngctl(["-t", "FILE"], "ngctl shutdown netflow:\nssh fw1 ngctl list\n");
    expect(unclear).toEqual({
      status: 65,
      out: "",
      err:
        "ngctl: line 2 is not understood: what ssh does with ngctl is not understood: ssh fw1 ngctl list\n" +
        "ngctl: nothing was changed\n",
    });
    expect(daemon.graph.resolve(undefined, "netflow:").hooks.size).toBe(2);
  });

  it("does not leave an interface cut unless forced to", async () => {
    await using daemon = await startTryDaemon();
    const script = "mkpeer em0: hole lower hook\n";
    const refused = await daemon.ngctl(["-t", "FILE"], script);
    expect(refused).toEqual({
      status: 1,
      out: "",
      err: "ngctl: FILE would leave inbound traffic of em0 cut; use --force to apply it anyway\nngctl: nothing was changed\n",
    });
    expect(daemon.graph.resolve(undefined, "em0:").hooks.size).toBe(0);
    expect((await daemon.ngctl(["-t", "FILE", "--force"], script)).status).toBe(0);
    expect(daemon.graph.resolve(undefined, "em0:lower").type.name).toBe("hole");
    // What is cut already is not this script's doing.
    expect((await daemon.ngctl(["-t", "FILE"], "name em0:lower pit\n")).status).toBe(0);
  });

  it("lets interfaces that only watch be connected as one likes", async () => {
    await using daemon = await startTryDaemon({ observes: true });
    expect((await daemon.ngctl(["-t", "FILE"], "mkpeer em0: hole lower hook\n")).status).toBe(0);
  });

  it("undoes everything when a step fails after all", async () => {
    await using daemon = await startTryDaemon();
    await daemon.ngctl(["-t", "FILE"], METERED);
    const before = daemon.graph.snapshot().nodes;
    const run = await daemon.ngctl(
      ["-t", "FILE"],
      "mkpeer netflow: ksocket export9 inet/dgram/udp\nname netflow:export9 nfsock\nname netflow: meter\n" +
        "connect em1: meter: lower iface1\nconnect em1: meter: upper out1\nmsg meter: setconfig { iface=0 conf=1 }\n" +
        "rmhook em0: upper\nrmhook em0: lower\nconnect em0: meter: upper out2\nconnect em0: meter: lower iface2\nmsg nfsock: connect inet/192.0.2.1:4444\n",
    );
    expect(run.status).toBe(71);
    expect(run.err).toBe(
      "ngctl: msg nfsock: connect inet/192.0.2.1:4444: send msg: No route to host\n" +
        "ngctl: line 11: error in file\nngctl: undone: the graph is as it was\n",
    );
    const plain = ({ id, name, type, hooks }: (typeof before)[number]) => ({
      id,
      name,
      type,
      hooks: hooks.map((hook) => `${hook.name} ${hook.peerId} ${hook.peerHook}`).sort(),
    });
    expect(daemon.graph.snapshot().nodes.map(plain)).toEqual(before.map(plain));
    expect((await daemon.ngctl(["msg", "netflow:", "ifinfo", "0"])).out).toContain("conf=3");
  });

  it("makes nodes again that a failed script had shut down, and says that they are new", async () => {
    await using daemon = await startTryDaemon();
    await daemon.ngctl(["-t", "FILE"], METERED);
    const before = daemon.shape();
    const run = await daemon.ngctl(
      ["-t", "FILE"],
      "shutdown netflow:\nmkpeer em1: hub lower a\nname em1:lower netflow\nconnect em1: netflow: upper b\n" +
        "mkpeer netflow: ksocket c inet/dgram/udp\nmsg netflow:c connect inet/192.0.2.1:1\n",
    );
    expect(run.status).toBe(71);
    expect(run.err).toContain(
      "undone, except: node netflow is a new one: its id, counters and contents are not those it had",
    );
    expect(daemon.shape()).toEqual(before);
    expect((await daemon.ngctl(["msg", "netflow:", "ifinfo", "0"])).out).toContain("conf=3");
    expect((await daemon.ngctl(["msg", "netflow:", "info"])).out).toContain("Inactive timeout=7 Active timeout=60");
  });

  it("tries again when the graph changes between the dry run and the transaction", async () => {
    let changes = 2;
    await using daemon = await startTryDaemon({
      wrap(requests, graph) {
        const { state } = requests;
        requests["state"] = async (args, rights) => {
          const answer = await state!(args, rights);
          if (changes-- > 0) graph.removeNode(graph.addNode("socket", "passer-by", () => ({})));
          return answer;
        };
      },
    });
    expect((await daemon.ngctl(["-t", "FILE"], METERED)).status).toBe(0);
    changes = 1000;
    expect(await daemon.ngctl(["-t", "FILE"], "shutdown netflow:\n")).toEqual({
      status: 71,
      out: "",
      err: "ngctl: the graph changed 5 times while the script was tried; nothing was changed\n",
    });
    expect(daemon.graph.resolve(undefined, "netflow:").valid).toBe(true);
  });

  it("refuses what it cannot take, with the exit status of the reason", async () => {
    await using daemon = await startTryDaemon();
    expect(await daemon.ngctl(["-t", "/nonexistent/file"])).toEqual({
      status: 66,
      out: "",
      err: "ngctl: /nonexistent/file: No such file or directory\n",
    });
    expect((await daemon.ngctl(["-t", "FILE", "list"], "")).status).toBe(64);
    expect((await daemon.ngctl(["--force", "list"])).status).toBe(64);
    const long = await daemon.ngctl(["-t", "FILE"], "name em0: em0\n".repeat(501));
    expect(long.status).toBe(65);
    const files = await daemon.ngctl(["-t", "FILE"], "read /etc/passwd\n");
    expect(files.status).toBe(71);
    expect(files.err).toContain("nothing was changed");
  });
});
