#!/bin/sh
# etf(4): frames of two Ethernet types go elsewhere.
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer fxp0: etf lower downstream
	name fxp0:lower etf
	connect etf: fxp0: nomatch upper
	mkpeer etf: hub special left
	msg etf: setfilter { matchhook="special" ethertype=0x88cc }
	msg etf: setfilter { matchhook="special" ethertype=0x88e1 }
SEQ
