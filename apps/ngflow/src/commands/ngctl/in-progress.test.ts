import { once } from "node:events";
import { createServer } from "node:net";
import { ksocket } from "@ngflow/nodes";
import { expect, it } from "vitest";
import { startTestDaemon } from "../../control/testing/test-daemon.ts";
import { collectingIo } from "../testing/collecting-io.ts";
import { runNgctl } from "./ngctl.ts";

it("a connection that is being made does not end the file", async () => {
  await using daemon = await startTestDaemon({ types: [ksocket] });
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const input = `mkpeer ksocket s inet/stream/tcp\nmsg s connect inet/127.0.0.1:${port}\ndebug\n`;
  let out = "";
  let err = "";
  const io = collectingIo({ pid: 100, input, onOut: (text) => (out += text), onErr: (text) => (err += text) });
  try {
    expect(await runNgctl(["--control", daemon.path, "-f", "-"], io)).toBe(0);
  } finally {
    server.close();
  }
  expect(err).toBe(
    "ngctl: send msg: Operation now in progress\n" +
      `ngflow: line 2, "msg s connect inet/127.0.0.1:${port}": the connection is being made; the next line is run meanwhile\n`,
  );
  expect(out).toContain("Current debug level is 0\n");
});
