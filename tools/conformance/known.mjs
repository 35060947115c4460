// What ngflow does otherwise than the corpus of flow-export datagrams says, on purpose. The reasons are printed, and
// tools/conformance/generate.mjs makes docs/reference/conformance.md of them.

const PRECISION =
  "Microseconds have six digits: RFC 7011 section 6.1.9 has collectors ignore the bits of the fraction below them. " +
  "The source prints nine.";
const LOGSTASH = "logstash-codec-netflow";
const rows = (id, fields, reason) => fields.map((field) => ({ case: id, field, reason }));

/**
 * A row for each case and field: `case` is an id, `field` an element or what is counted (as it is printed).
 * @type {readonly { case: string, field: string, reason: string }[]}
 */
export const KNOWN_DIFFERENCES = [
  ...rows(
    "fluent-plugin-netflow/v9-sampler",
    ["samplingAlgorithm"],
    "The rate of a sampler applies to flows that name it, and is stored with them. The algorithm is in the option " +
      "record only: no sum depends on it.",
  ),
  ...rows(
    `${LOGSTASH}/netflow9-fortigate-fortios-5-2-1`,
    ["flowStartMilliseconds", "flowEndMilliseconds"],
    "The uptimes of the record are a week after that of the header. As a flow does not end after its export, they are " +
      "from before the counter of 32 bits wrapped: 42 days before the export (modulo 2^32). The corpus has a week after.",
  ),
  ...rows(
    `${LOGSTASH}/ipfix-netscaler-with-variable-length-fields`,
    ["flowStartMicroseconds", "flowEndMicroseconds"],
    PRECISION,
  ),
  ...rows(`${LOGSTASH}/ipfix-netscaler-with-variable-length-fields-template-cache`, ["flowEndMicroseconds"], PRECISION),
  ...rows(`${LOGSTASH}/ipfix-netscaler-set-id`, ["flowEndMicroseconds"], PRECISION),
  ...rows(
    `${LOGSTASH}/ipfix-netscaler-with-variable-length-fields`,
    ["netscalerUnknown330"],
    "No public source says what the element is. It is shown by number, with its bytes in hexadecimal.",
  ),
  ...rows(
    "telegraf-netflow/ipfix_example",
    ["paddingOctets"],
    "Padding (element 210) carries no information, and is left out.",
  ),
  ...rows(
    "telegraf-netflow/sflow_issue_15918",
    ["protocolIdentifier"],
    "The packet is IPv6 with a hop-by-hop header, then ICMPv6. The protocol is that of the payload, 58, for all " +
      "packets of an sFlow sample. The source gives the first next-header value, 0.",
  ),
];
