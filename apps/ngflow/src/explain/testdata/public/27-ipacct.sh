#!/bin/sh
# Accounting by a node type of a third party, fed by divert sockets.
PREFIX=/usr/local
NGCTL=/usr/sbin/ngctl
iface=em0
kldstat -qm ng_ipacct || kldload ng_ipacct
$NGCTL mkpeer ipacct ctl ctl
$NGCTL name .:ctl acct_$iface
$NGCTL mkpeer acct_$iface: ksocket ${iface}_in inet/raw/divert
$NGCTL name acct_$iface:${iface}_in div_in
$NGCTL msg div_in: bind inet/0.0.0.0:3000
$NGCTL mkpeer acct_$iface: ksocket ${iface}_out inet/raw/divert
$NGCTL name acct_$iface:${iface}_out div_out
