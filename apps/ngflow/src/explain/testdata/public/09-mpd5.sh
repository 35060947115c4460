#!/bin/sh
# What a daemon for links sends to the kernel for its accounting, as lines of ngctl.
ngctl -f - <<'EOC'
mkpeer . netflow node iface9
name .:node mpd700-nf
msg mpd700-nf: settimeouts { inactive=15 active=1800 }
mkpeer mpd700-nf: ksocket export inet/dgram/udp
msg mpd700-nf:export connect inet/192.0.2.9:9995
connect em0: mpd700-nf: lower iface0
connect em0: mpd700-nf: upper out0
msg mpd700-nf: setconfig { iface=0 conf=1 }
EOC
