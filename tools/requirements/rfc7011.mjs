import { absent, BOTH, COLLECTOR, done, EXPORTER, FILES as F, otherwise } from "./row.mjs";

const SCTP = "ngflow has no SCTP: it needs kernel modules that most hosts lack, and no exporter of the field uses it.";
const DTLS = "ngflow has no DTLS: Node.js has none. Use TLS, or a network of its own (RFC 7011 section 11.5).";
const TCP = "packages/collector/src/stream/stream.test.ts";
const TLS = "packages/collector/src/stream/tls.test.ts";
const structure = [F.sent, "export10: every message keeps the rules of RFC 7011"];
const dissected = [F.dissection, "tshark reports no expert info, of any severity, about what ngflow exports"];

/** The MUSTs of RFC 7011, in our words. */
export const RFC7011 = [
  ["3", EXPORTER, "A message has at least one set.", done(structure)],
  ["3.1", EXPORTER, "The version is 10, and the length is that of the message.", done(structure, dissected)],
  [
    "3.1",
    EXPORTER,
    "The sequence number counts the data records sent before, modulo 2^32.",
    done(structure, [F.options, "are in messages of their own in IPFIX, first of all and then by the clock only"]),
  ],
  ["3.1", EXPORTER, "An exporter that has restarted may begin its sequence numbers again.", absent("A permission.")],
  [
    "3.2",
    BOTH,
    "An enterprise number follows a field specifier if and only if its enterprise bit is set.",
    done(structure, [F.protocols, "reads enterprise, reverse and variable-length fields"]),
  ],
  ["3.3.1", EXPORTER, "Padding is of zeros, and shorter than any record of its set.", done(structure)],
  [
    "3.3.1",
    EXPORTER,
    "A set has records of one kind: templates, options templates, or data of one template.",
    done(structure),
  ],
  [
    "3.3.2",
    COLLECTOR,
    "Set ids 0 and 1 are not used, 4 to 255 are reserved: such sets are not read.",
    done([F.protocols, "refuses reserved sets, low template ids and impossible scopes by name"]),
  ],
  [
    "3.4.1",
    BOTH,
    "Template ids are 256 to 65535.",
    done(structure, [F.protocols, "refuses reserved sets, low template ids and impossible scopes by name"]),
  ],
  ["3.4.1", COLLECTOR, "Template ids are not taken to be in sequence.", done([F.rules, "ids may come in any order"])],
  [
    "3.4.2.1",
    EXPORTER,
    "The order of scope fields is kept where it has a meaning.",
    absent("Options templates of ngflow have one scope field each."),
  ],
  [
    "3.4.2.2",
    EXPORTER,
    "An options template has at least one scope field, and at least one field that is not.",
    done(structure),
  ],
  [
    "3.4.2.2",
    COLLECTOR,
    "Nothing is taken for granted of an options template because of its id.",
    done([F.rules, "an id of flows may become one of options, and back"]),
  ],
  [
    "4.1, 4.2",
    EXPORTER,
    "Statistics of metering and exporting processes have observationDomainId as their scope.",
    done([F.options, "are in messages of their own in IPFIX, first of all and then by the clock only"]),
  ],
  [
    "4.1, 4.2",
    EXPORTER,
    "Several metering processes of a domain are told apart by meteringProcessId.",
    absent("A netflow node is the only metering process of its domain."),
  ],
  [
    "4.3",
    EXPORTER,
    "Statistics about the reliability of the export have a scope that names the exporting process.",
    absent("ngflow sends the counters of section 4.2 only."),
  ],
  [
    "4.4",
    EXPORTER,
    "Flow keys, where they are announced, name the template in templateId.",
    absent("ngflow does not announce flow keys: a template has all of them."),
  ],
  [
    "4",
    COLLECTOR,
    "Options are understood by the elements of their template.",
    done(
      [F.facts, "ipfix: line card, and a domain that another one names"],
      [F.facts, "selectors by interval and space, by size and population, by probability"],
    ),
  ],
  [
    "5.1",
    BOTH,
    "Export times are seconds since 1970, UTC; so are those of records, with the precision of their type.",
    done(
      [F.value, "fieldValue"],
      [F.netflow, "exports a busy flow at the active timeout without waiting for a packet"],
    ),
  ],
  ["6.1.1", BOTH, "Integers are in network byte order.", done([F.value, "fieldValue"], dissected)],
  ["6.1.2", BOTH, "Addresses are of 4, 6 or 16 bytes in network byte order.", done([F.value, "fieldValue"], structure)],
  ["6.1.3, 6.1.4", BOTH, "Floats are IEEE binary32 and binary64 in network byte order.", done([F.value, "fieldValue"])],
  ["6.1.5", BOTH, "A boolean is 1 for true, 2 for false, and nothing else.", done([F.value, "fieldValue"])],
  [
    "6.1.6",
    BOTH,
    "Strings are UTF-8. Ill-formed ones are not sent; where they are received, their bytes are kept.",
    done([F.sent, "names of interfaces are UTF-8, cut between characters"], [F.value, "fieldValue"]),
  ],
  ["6.1.9, 6.1.10", BOTH, "Micro- and nanoseconds are NTP timestamps.", done([F.value, "fieldValue"])],
  [
    "6.2",
    BOTH,
    "Reduced-size encoding is for integers and float64 only, never of addresses, times, strings or booleans.",
    done(structure, [F.value, "fieldValue"]),
  ],
  ["6.2", BOTH, "Reduced-size encoding keeps the sign.", done([F.value, "fieldValue"])],
  [
    "7",
    BOTH,
    "The one or three length bytes of a variable-length field are not part of its length.",
    done(
      [F.protocols, "reads enterprise, reverse and variable-length fields"],
      [F.rules, "a variable length may be of one byte or of three"],
    ),
  ],
  [
    "8",
    COLLECTOR,
    "Templates are stored until their id is defined again or withdrawn, or they expire (UDP).",
    done(
      [F.collector, "a changed template takes effect, one that is withdrawn over a connection is forgotten"],
      [F.lifetime, "a template's lifetime"],
    ),
  ],
  [
    "8",
    COLLECTOR,
    "Templates of one transport session do not decode the data of a later one.",
    otherwise(
      "Over a connection they end with it. UDP has no sessions: a new port takes over the templates of an exporter that has been silent for 30 seconds, and they survive a restart of the collector: otherwise each restart loses all data until the next templates. A template that the exporter defines again replaces the old one at once.",
      [TCP, "its templates end with the connection, and those of another connection are others"],
      [F.collector, "a new source port takes over from a silent one, not from a live one"],
      [F.collector, "templates and rates survive a restart"],
    ),
  ],
  [
    "8",
    COLLECTOR,
    "A template may have the same element several times.",
    done([F.rules, "an element may be in a template several times"]),
  ],
  [
    "8",
    COLLECTOR,
    "Data and its template may come in different messages.",
    done(
      [F.collector, "data of earlier datagrams keeps its own times when the template comes"],
      [F.collector, "data before its template in the same datagram is decoded"],
    ),
  ],
  [
    "8",
    COLLECTOR,
    "Domains may use one template id for different templates.",
    done([F.collector, "are kept apart by address, port and domain"]),
  ],
  [
    "8",
    EXPORTER,
    "An id keeps its template while the session lasts.",
    done([
      F.fields,
      "changes the choice: cached flows leave with the old templates, later ones with templates of their own",
    ]),
  ],
  [
    "8.1",
    EXPORTER,
    "A withdrawal is in a set of id 2 or 3, with no fields.",
    absent("ngflow sends no withdrawals: section 8.4 forbids them over UDP."),
  ],
  [
    "8.1",
    COLLECTOR,
    "After a withdrawal the template is not used.",
    done([F.lifetime, "then data waits for the next definition of the id, and is read by that"]),
  ],
  [
    "8.1",
    COLLECTOR,
    "A withdrawal of a template that is not known is ignored.",
    done([F.lifetime, "of a template that is not known change nothing, and the rest of the message is read"]),
  ],
  ["8.2", EXPORTER, "A template comes before its data: in the message and by export time.", done(structure)],
  ["8.2", EXPORTER, "No data follows the withdrawal of its template.", absent("ngflow sends no withdrawals.")],
  ["8.3", EXPORTER, "Over SCTP, templates and withdrawals are sent reliably and in order.", absent(SCTP)],
  [
    "8.4",
    EXPORTER,
    "Over UDP, templates are sent again at an interval that can be set.",
    done([F.netflow, "sends templates in the first datagram and again after the set number of datagrams and seconds"]),
  ],
  ["8.4", EXPORTER, "Over UDP, no withdrawals are sent.", done(structure)],
  ["8.4", COLLECTOR, "Over UDP, withdrawals are ignored.", done([F.lifetime, "over UDP are ignored and counted"])],
  [
    "8.4",
    COLLECTOR,
    "Over UDP, a new template replaces the old one of its id.",
    done(
      [F.rules, "an id of flows may become one of options, and back"],
      [F.collector, "a changed template takes effect, one that is withdrawn over a connection is forgotten"],
    ),
  ],
  [
    "9",
    COLLECTOR,
    "It listens for exporters that begin.",
    done([F.collector, "receive every version over IPv4 and IPv6, drain, and stop twice"]),
  ],
  [
    "9",
    COLLECTOR,
    "The id of an element that is not known is noted.",
    done(
      [F.protocols, "reads enterprise, reverse and variable-length fields"],
      [F.registry, "knows reverse elements and labels the rest"],
    ),
  ],
  [
    "9",
    COLLECTOR,
    "Padding of data, template and options template sets is accepted, also if it is not zero.",
    done(
      [F.rules, "padding is passed over, of zeros or not"],
      [F.template, "zeroes before the last template are not padding, zeroes after it are"],
    ),
  ],
  [
    "9.1",
    COLLECTOR,
    "A malformed message is discarded.",
    otherwise(
      "What is whole in it is read, because one unreadable set must not hide the others. The rest is discarded and counted by reason.",
      [F.protocols, "one unreadable thing does not hide the rest"],
      [F.collector, "garbage is counted by reason and harms nothing"],
    ),
  ],
  ["9.2", COLLECTOR, "An SCTP association may have several streams.", absent(SCTP)],
  [
    "10",
    COLLECTOR,
    "Messages of up to 65535 bytes are handled; UDP carries 65507.",
    done([F.work, "a full datagram of small records is read whole"]),
  ],
  [
    "10",
    COLLECTOR,
    "State is not moved between sessions of different transport protocols.",
    done([TCP, "its templates end with the connection, and those of another connection are others"]),
  ],
  ["10.1", BOTH, "SCTP with partial reliability is implemented.", otherwise(SCTP)],
  [
    "10.1",
    BOTH,
    "Other ports than the default can be set.",
    done(
      [F.collector, "receive every version over IPv4 and IPv6, drain, and stop twice"],
      [F.ksocket, "sends packets of its hook to its peer"],
    ),
  ],
  ["10.2", BOTH, "Rules for SCTP.", absent(SCTP)],
  [
    "10.3.2",
    EXPORTER,
    "A UDP datagram has a valid checksum.",
    done([F.dissection, "tshark reports no expert info, of any severity, about what ngflow exports"]),
  ],
  [
    "10.3.2",
    BOTH,
    "UDP is used only if loss can be tolerated.",
    absent("A rule for who deploys it. What is lost is counted."),
  ],
  [
    "10.3.3",
    EXPORTER,
    "Messages fit the path MTU.",
    done([F.netflow, "keeps datagrams within the mtu"], [F.options, "fit any mtu"]),
  ],
  [
    "10.3.4",
    BOTH,
    "UDP has no sessions to begin or end: an exporter may send at any time.",
    done([F.collector, "are kept apart by address, port and domain"]),
  ],
  [
    "10.4.1",
    EXPORTER,
    "Records that a full TCP buffer drops are counted.",
    done([
      "packages/nodes/src/ksocket/ksocket-sockets.test.ts",
      "count what a peer that does not read leaves no room for",
    ]),
  ],
  [
    "10.4.4",
    EXPORTER,
    "A TCP exporter tries to connect at most once a minute by default.",
    absent("A ksocket connects when it is told to, never by itself."),
  ],
  [
    "10.4.5",
    COLLECTOR,
    "It goes on listening when a TCP connection ends abnormally.",
    done([TCP, "is closed at %s, after the messages before it"], [TCP, "that ends inside a message is counted"]),
  ],
  [
    "11.1",
    BOTH,
    "Over TCP, TLS is supported, and nothing before 1.1; ngflow asks for 1.2.",
    done([TLS, "refuses TLS 1.1, plain TCP and garbage, and goes on"]),
  ],
  ["11.1", BOTH, "Over UDP and SCTP, DTLS 1.0 is supported.", otherwise(DTLS)],
  [
    "11.3",
    COLLECTOR,
    "With TLS, exporters that cannot prove who they are are refused; ciphers encrypt.",
    done([TLS, "with client certificates %s, an exporter with %s gives %i flow"]),
  ],
  [
    "11.3",
    COLLECTOR,
    "Exporters can be authorised by the names in their certificates.",
    done([TLS, "with --tls-name %j, an exporter whose certificate has %s gives %i flow"]),
  ],
  ["11.3", EXPORTER, "With TLS, collectors are verified.", absent("The exporter of ngflow sends over UDP.")],
  [
    "11.6",
    COLLECTOR,
    "Insertion and loss of messages are detected by sequence numbers.",
    done(
      [F.sequence, "counts exactly what is dropped, whatever is dropped"],
      [F.sequence, "an odd or forged number is no loss"],
    ),
  ],
  [
    "11.7",
    COLLECTOR,
    "Lengths of messages, sets and fields are checked against each other.",
    done(
      [F.protocols, "survives every 16-bit word set to an extreme"],
      [F.protocols, "survives a cut at every byte, says so, and keeps what came before"],
    ),
  ],
];
