// What ngflow does otherwise than the corpus of flow-export datagrams says, on purpose. The reasons are printed, and
// tools/conformance/generate.mjs makes docs/reference/conformance.md of them.

const PRECISION =
  "Microseconds have six digits: RFC 7011 section 6.1.9 has collectors ignore the bits of the fraction below them. " +
  "The source prints nine.";
const LOGSTASH = "logstash-codec-netflow";
const MICROSECONDS = "2016-11-11T12:09:19.000128Z";

const rows = (id, fields, reason) => Object.entries(fields).map(([field, got]) => ({ case: id, field, got, reason }));

/**
 * A row for each case and field: `case` is an id, `field` an element or what is counted (as it is printed),
 * `got` what ngflow gives, null for nothing. Another value is a failure.
 * @type {readonly { case: string, field: string, got: string | number | null, reason: string }[]}
 */
export const KNOWN_DIFFERENCES = [
  ...rows(
    "fluent-plugin-netflow/v9-sampler",
    { samplingAlgorithm: null },
    "The rate of a sampler applies to flows that name it, and is stored with them. The algorithm is in the option " +
      "record only: no sum depends on it.",
  ),
  ...rows(
    `${LOGSTASH}/netflow9-fortigate-fortios-5-2-1`,
    { flowStartMilliseconds: "2017-06-05T11:41:41.226Z", flowEndMilliseconds: "2017-06-05T11:41:50.226Z" },
    "The uptimes of the record are a week after that of the header. As a flow does not end after its export, they are " +
      "from before the counter of 32 bits wrapped: 42 days before the export (modulo 2^32). The corpus has a week after.",
  ),
  ...rows(
    `${LOGSTASH}/ipfix-netscaler-with-variable-length-fields`,
    { flowStartMicroseconds: MICROSECONDS, flowEndMicroseconds: MICROSECONDS },
    PRECISION,
  ),
  ...rows(
    `${LOGSTASH}/ipfix-netscaler-with-variable-length-fields-template-cache`,
    { flowEndMicroseconds: MICROSECONDS },
    PRECISION,
  ),
  ...rows(`${LOGSTASH}/ipfix-netscaler-set-id`, { flowEndMicroseconds: MICROSECONDS }, PRECISION),
  ...rows(
    `${LOGSTASH}/ipfix-netscaler-with-variable-length-fields`,
    { netscalerUnknown330: "0x0000" },
    "No public source says what the element is. It is shown by number, with its bytes in hexadecimal.",
  ),
  ...rows(
    "ipfixprobe/mqtt",
    { sourceMacAddress: "00:15:5d:ea:ab:23", destinationMacAddress: "00:00:00:00:00:00" },
    "The capture is in Linux's cooked form, which has the address of the sender only; that of the receiver is 0. The " +
      "source gives the receiver of one direction as the sender of the other.",
  ),
  ...rows(
    "telegraf-netflow/ipfix_example",
    { paddingOctets: null },
    "Padding (element 210) carries no information, and is left out.",
  ),
  ...rows(
    "telegraf-netflow/sflow_issue_15918",
    { protocolIdentifier: 58 },
    "The packet is IPv6 with a hop-by-hop header, then ICMPv6. The protocol is that of the payload, 58, for all " +
      "packets of an sFlow sample. The source gives the first next-header value, 0.",
  ),
];
