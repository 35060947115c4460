#!/bin/sh
# A brouter on four ports: each port's stack and wire is a link of one bridge.
ngctl mkpeer igc0: bridge lower link0
ngctl name igc0:lower brouter
ngctl connect igc0: brouter: upper link1
n=2
for i in 1 2 3; do
	ngctl connect igc$i: brouter: lower link$n
	n=$((n + 1))
	ngctl connect igc$i: brouter: upper link$n
	n=$((n + 1))
done
for i in igc0 igc1 igc2 igc3; do
	ngctl msg $i: setpromisc 1
	ngctl msg $i: setautosrc 0
done
