#!/bin/sh
# Reads the counters of every exporter, again and again, for a monitoring program.
interval=${1:-60}
while :; do
	for node in $(ngctl list | grep 'Type: netflow' | awk '{ print $2 }'); do
		info=$(ngctl msg $node: info 2>/dev/null) || continue
		bytes=$(echo "$info" | sed -n 's/.*Bytes=\([0-9]*\).*/\1/p')
		echo "$node.bytes ${bytes:-0}"
	done
	ngctl list | tail -n +2 | wc -l
	sleep $interval
done
