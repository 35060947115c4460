import { once } from "node:events";
import { createSocket } from "node:dgram";
import snmp from "net-snmp";

/** An interface that the agent of a test has. */
export interface MadeInterface {
  readonly descr: string;
  readonly name?: string;
  readonly alias?: string;
  /** Bits a second. */
  readonly speed?: number;
  /** Millions of bits a second. */
  readonly highSpeed?: number;
}

export const COMMUNITY = "a-community";
export const USER = { name: "reader", auth: "an-auth-secret", privacy: "a-privacy-secret" };

/** An SNMP agent on loopback, versions 2c and 3, whose texts a test may change. */
export class MadeAgent {
  readonly port: number;
  readonly #agent: ReturnType<typeof snmp.createAgent>;
  #rows: number[] = [];

  static async start(): Promise<MadeAgent> {
    const probe = createSocket("udp4").bind(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address();
    await new Promise<void>((closed) => void probe.close(closed));
    return new MadeAgent(port);
  }

  private constructor(port: number) {
    this.port = port;
    this.#agent = snmp.createAgent({ port, address: "127.0.0.1" }, () => undefined);
    const authorizer = this.#agent.getAuthorizer();
    authorizer.addCommunity(COMMUNITY);
    authorizer.addUser({
      name: USER.name,
      level: snmp.SecurityLevel.authPriv,
      authProtocol: snmp.AuthProtocols.sha256,
      authKey: USER.auth,
      privProtocol: snmp.PrivProtocols.aes,
      privKey: USER.privacy,
    });
    const scalar = { type: snmp.MibProviderType.Scalar, maxAccess: snmp.MaxAccess["read-only"] };
    const table = { type: snmp.MibProviderType.Table, maxAccess: snmp.MaxAccess["not-accessible"] };
    const column = (number: number, name: string, type: number) => ({
      number,
      name,
      type,
      maxAccess: snmp.MaxAccess["read-only"],
    });
    const { Integer, OctetString, Gauge } = snmp.ObjectType;
    const index = { columnNumber: 1, columnName: "ifIndex" };
    for (const provider of [
      { ...scalar, name: "sysName", oid: "1.3.6.1.2.1.1.5", scalarType: OctetString },
      {
        ...table,
        name: "ifEntry",
        oid: "1.3.6.1.2.1.2.2.1",
        tableColumns: [column(1, "ifIndex", Integer), column(2, "ifDescr", OctetString), column(5, "ifSpeed", Gauge)],
        tableIndex: [index],
      },
      {
        ...table,
        name: "ifXEntry",
        oid: "1.3.6.1.2.1.31.1.1.1",
        tableColumns: [
          column(1, "ifName", OctetString),
          column(15, "ifHighSpeed", Gauge),
          column(18, "ifAlias", OctetString),
        ],
        tableIndex: [{ ...index, type: Integer, foreign: "ifEntry" }],
      },
    ])
      this.#agent.registerProvider(provider);
  }

  /** Changes what it answers. */
  set(systemName: string, interfaces: Readonly<Record<number, MadeInterface>>): void {
    const mib = this.#agent.getMib();
    mib.setScalarValue("sysName", systemName);
    for (const index of this.#rows) for (const table of ["ifEntry", "ifXEntry"]) mib.deleteTableRow(table, [index]);
    this.#rows = Object.keys(interfaces).map(Number);
    for (const [index, { descr, name = "", alias = "", speed = 0, highSpeed = 0 }] of Object.entries(interfaces)) {
      mib.addTableRow("ifEntry", [Number(index), descr, speed]);
      mib.addTableRow("ifXEntry", [Number(index), name, highSpeed, alias]);
    }
  }

  stop(): void {
    this.#agent.close();
  }
}
