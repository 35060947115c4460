#!/bin/sh
# ether(4) with tee(4): a look at all packets, left to right is what the wire brings.
ngctl mkpeer em0: tee lower left
ngctl name em0:lower tap
ngctl connect em0: tap: upper right
ngctl msg em0: getifname
ngctl msg em0: setpromisc 1
ngctl msg tap: getstats
