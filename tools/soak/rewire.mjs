// The graph of the soak: eth1 is metered without interruption, eth0 by a graph that is rewired all the time.
const sender = (client) => async (path, command, args) => {
  const { errno } = await client.sendAscii(path, command, args);
  if (errno !== 0) throw new Error(`${command} ${path} ${args}: errno ${errno}`);
};

async function meter(send, ether, name, port) {
  // The exporter comes first, so that no flow ends without one. An input without packets keeps the node alive.
  await send(".", "mkpeer", `{ type="netflow" ourhook="soak" peerhook="iface9" }`);
  await send("soak", "name", `{ name="${name}" }`);
  await send(`${name}:`, "settimeouts", "{ inactive=2 active=5 }");
  await send(`${name}:`, "mkpeer", `{ type="ksocket" ourhook="export9" peerhook="inet/dgram/udp" }`);
  await send(`${name}:export9`, "connect", `inet/127.0.0.1:${port}`);
  await send(ether, "connect", `{ path="${name}:" ourhook="lower" peerhook="iface0" }`);
  await send(ether, "connect", `{ path="${name}:" ourhook="upper" peerhook="out0" }`);
  await send(".", "rmhook", `{ hook="soak" }`);
}

/** Both meters, as they are between any two rewirings. */
export async function wire(client, port) {
  const send = sender(client);
  await meter(send, "eth1:", "steady", port);
  await meter(send, "eth0:", "moving", port);
}

/** Each disconnects the moving meter in its own way and restores it. */
const REWIRINGS = [
  async function replaceMeter(send, port) {
    await send("moving:", "shutdown", "");
    await meter(send, "eth0:", "moving", port);
  },
  async function insertTee(send) {
    await send("moving:", "rmhook", `{ hook="out0" }`);
    await send("moving:", "mkpeer", `{ type="tee" ourhook="out0" peerhook="left" }`);
    await send("moving:out0", "connect", `{ path="eth0:" ourhook="right" peerhook="upper" }`);
    await send("moving:out0", "mkpeer", `{ type="hole" ourhook="left2right" peerhook="in" }`);
    // A tee that is shut down joins its neighbours.
    await send("moving:out0", "shutdown", "");
  },
  async function cutLower(send) {
    await send("eth0:", "rmhook", `{ hook="lower" }`);
    await send("eth0:", "connect", `{ path="moving:" ourhook="lower" peerhook="iface0" }`);
  },
  async function growBranch(send) {
    await send(".", "mkpeer", `{ type="hub" ourhook="soak" peerhook="a" }`);
    for (const hook of ["b", "c", "d"]) {
      await send("soak", "mkpeer", `{ type="hole" ourhook="${hook}" peerhook="in" }`);
    }
    await send("soak", "shutdown", "");
  },
  async function rename(send) {
    await send("moving:", "name", `{ name="elsewhere" }`);
    await send("elsewhere:", "name", `{ name="moving" }`);
  },
];

/** The n-th rewiring. */
export async function rewire(client, port, n) {
  await REWIRINGS[n % REWIRINGS.length](sender(client), port);
}
