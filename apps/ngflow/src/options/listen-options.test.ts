import { describe, expect, it } from "vitest";
import { listenAddresses, LOOPBACK_LISTEN, receivesText, withGraphAddress } from "./listen-options.ts";

const any = (port: number) => ({ host: "::", port });
const local = (port: number) => ({ host: "127.0.0.1", port });

describe("where flows are received", () => {
  it.each([
    ["by default as given", {}, [4444, 2055, 4739, 6343].map(local)],
    ["--receive: everywhere", { receive: true }, [4444, 2055, 4739, 6343].map(any)],
    ["--listen: there", { listen: ["127.0.0.1:9"] }, [local(9)]],
    ["both", { listen: ["127.0.0.1:9"], receive: true }, [local(9), ...[4444, 2055, 4739, 6343].map(any)]],
  ])("%s", (_, options, wanted) => expect(listenAddresses(options, LOOPBACK_LISTEN)).toEqual(wanted));

  it("has an address that the graph of this machine reaches", () => {
    const v6 = { host: "2001:db8::1", port: 1 };
    const v4 = { host: "192.0.2.1", port: 2 };
    expect(withGraphAddress([any(1), v4])).toEqual({ listen: [any(1), v4], graph: { index: 0, host: "127.0.0.1" } });
    expect(withGraphAddress([v6, v4])).toEqual({ listen: [v6, v4], graph: { index: 1, host: "192.0.2.1" } });
    const tcp = { ...v4, transport: "tcp" as const };
    expect(withGraphAddress([tcp])).toEqual({ listen: [tcp, local(0)], graph: { index: 1, host: "127.0.0.1" } });
    expect(withGraphAddress([v6])).toEqual({ listen: [v6, local(0)], graph: { index: 1, host: "127.0.0.1" } });
  });

  it("is said with who may send", () => {
    expect(receivesText([local(1)], [])).toBe("udp 1 from this machine (--receive opens it)");
    expect(receivesText([any(1), local(2)], [])).toMatch(
      /^udp 1 on every address, udp 2 on 127\.0\.0\.1 \(from every exporter; /,
    );
    expect(receivesText([local(1), { ...local(2), transport: "tls" }], [])).toMatch(/^udp 1, tls 2 from this machine/);
    expect(receivesText([any(1), any(2)], ["192.0.2.0/24"])).toBe("udp 1 2 on every address (from 192.0.2.0/24)");
  });
});
