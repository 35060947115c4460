#!/bin/sh
# one2many(4): round robin over four interfaces.
kldload ng_ether
kldload ng_one2many
for i in 1 2 3; do
	ifconfig fxp$i up
done
ngctl mkpeer fxp0: one2many upper one
ngctl connect fxp0: fxp0:upper lower many0
ngctl connect fxp1: fxp0:upper lower many1
ngctl connect fxp2: fxp0:upper lower many2
ngctl connect fxp3: fxp0:upper lower many3
# allow the others to receive what is sent to fxp0
for i in 1 2 3; do
	ngctl msg fxp$i: setpromisc 1
	ngctl msg fxp$i: setautosrc 0
done
ngctl msg fxp0:upper setconfig "{ xmitAlg=1 failAlg=1 enabledLinks=[ 1 1 1 1 ] }"
ngctl msg fxp0:upper getconfig
ngctl msg fxp0:upper getstats 2
