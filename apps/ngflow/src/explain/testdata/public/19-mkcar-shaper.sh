#!/bin/sh
# A shaper for a customer: split, a filter, accounting, fan-in, and a committed rate.
ext=em1
int=em0
pps=1024000
ngctl mkpeer $int: split lower mixed
ngctl name $int:lower ${int}_split
echo "mkpeer ${int}_split: netflow in iface0
name ${int}_split:in acct
mkpeer acct: one2many out0 one
name acct:out0 fan
mkpeer fan: car many0 lower
name fan:many0 rate1
connect $int: rate1: upper upper" | ngctl -f -
ngctl connect $int: ${int}_split: orphans out 2>/dev/null || true
ngctl msg rate1: setconf "{ upstream={ cir=$pps cbs=64000 ebs=64000 greenAction=1 yellowAction=1 redAction=2 mode=0 } downstream={ cir=$pps cbs=64000 ebs=64000 greenAction=1 yellowAction=1 redAction=2 mode=0 } }"
ngctl msg rate1: getconf
ngctl msg acct: info
