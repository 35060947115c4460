# Sends flow records with python3-ipfix to 127.0.0.1:PORT and prints their sums as JSON.
# Usage: send-ipfix.py PORT [udp|tcp|tls [CERTIFICATE]]
import ipaddress, json, socket, ssl, sys, time
from datetime import datetime, timedelta, timezone

import ipfix.ie, ipfix.message, ipfix.template

MESSAGES = 20
RECORDS = 10
FIELDS = (
    "sourceIPv4Address", "destinationIPv4Address", "sourceTransportPort", "destinationTransportPort",
    "protocolIdentifier", "packetDeltaCount", "octetDeltaCount", "flowStartMilliseconds", "flowEndMilliseconds",
)

ipfix.ie.use_iana_default()
template = ipfix.template.from_ielist(256, ipfix.ie.spec_list(FIELDS))
message = ipfix.message.MessageBuffer()
now = datetime.now(timezone.utc).replace(tzinfo=None)
sums = {"records": 0, "packets": 0, "bytes": 0}
transport = sys.argv[2] if len(sys.argv) > 2 else "udp"


def connected():
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
    plain.connect(("127.0.0.1", int(sys.argv[1])))
    if transport != "tls":
        return plain
    context = ssl.create_default_context(cafile=sys.argv[3])
    context.check_hostname = False
    return context.wrap_socket(plain)


with connected() as to:
    for m in range(MESSAGES):
        message.begin_export(7)
        message.add_template(template)
        message.export_new_set(256)
        for r in range(RECORDS):
            packets, size = 1 + m * RECORDS + r, 64 + r
            values = (
                ipaddress.ip_address("192.0.2.%d" % (1 + r)), ipaddress.ip_address("198.51.100.%d" % (1 + m)),
                40000 + r, 443, 6, packets, packets * size, now - timedelta(seconds=2), now - timedelta(seconds=1),
            )
            message.export_namedict(dict(zip(FIELDS, values)))
            sums["records"] += 1
            sums["packets"] += packets
            sums["bytes"] += packets * size
        to.sendall(message.to_bytes())
        time.sleep(0.005)
print(json.dumps(sums))
