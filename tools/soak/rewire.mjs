// The graph of the soak: eth1 is metered without interruption, eth0 by a graph that is rewired all the time.
const teller = (client) => async (path, command, args) => {
  const { errno } = await client.sendAscii(path, command, args);
  if (errno !== 0) throw new Error(`${command} ${path} ${args}: errno ${errno}`);
};

async function meter(tell, ether, name, port) {
  // The exporter comes first, so that no flow ends before there is one. An input that no packet comes to holds the node.
  await tell(".", "mkpeer", `{ type="netflow" ourhook="soak" peerhook="iface9" }`);
  await tell("soak", "name", `{ name="${name}" }`);
  await tell(`${name}:`, "settimeouts", "{ inactive=2 active=5 }");
  await tell(`${name}:`, "mkpeer", `{ type="ksocket" ourhook="export9" peerhook="inet/dgram/udp" }`);
  await tell(`${name}:export9`, "connect", `inet/127.0.0.1:${port}`);
  await tell(ether, "connect", `{ path="${name}:" ourhook="lower" peerhook="iface0" }`);
  await tell(ether, "connect", `{ path="${name}:" ourhook="upper" peerhook="out0" }`);
  await tell(".", "rmhook", `{ hook="soak" }`);
}

/** Both meters, as they are between any two rewirings. */
export async function wire(client, port) {
  const tell = teller(client);
  await meter(tell, "eth1:", "steady", port);
  await meter(tell, "eth0:", "moving", port);
}

/** Each takes the moving meter apart in its own way and leaves it as it was. */
const REWIRINGS = [
  async function replaceMeter(tell, port) {
    await tell("moving:", "shutdown", "");
    await meter(tell, "eth0:", "moving", port);
  },
  async function insertTee(tell) {
    await tell("moving:", "rmhook", `{ hook="out0" }`);
    await tell("moving:", "mkpeer", `{ type="tee" ourhook="out0" peerhook="left" }`);
    await tell("moving:out0", "connect", `{ path="eth0:" ourhook="right" peerhook="upper" }`);
    await tell("moving:out0", "mkpeer", `{ type="hole" ourhook="left2right" peerhook="in" }`);
    // A tee that is shut down joins its neighbours.
    await tell("moving:out0", "shutdown", "");
  },
  async function cutLower(tell) {
    await tell("eth0:", "rmhook", `{ hook="lower" }`);
    await tell("eth0:", "connect", `{ path="moving:" ourhook="lower" peerhook="iface0" }`);
  },
  async function growBranch(tell) {
    await tell(".", "mkpeer", `{ type="hub" ourhook="soak" peerhook="a" }`);
    for (const hook of ["b", "c", "d"]) {
      await tell("soak", "mkpeer", `{ type="hole" ourhook="${hook}" peerhook="in" }`);
    }
    await tell("soak", "shutdown", "");
  },
  async function rename(tell) {
    await tell("moving:", "name", `{ name="elsewhere" }`);
    await tell("elsewhere:", "name", `{ name="moving" }`);
  },
];

/** The n-th rewiring. */
export async function rewire(client, port, n) {
  await REWIRINGS[n % REWIRINGS.length](teller(client), port);
}
