#!/bin/sh
# A link of an emulator between two interfaces that it makes, with a pipe that delays.
for side in 0 1; do
	ngctl shutdown link_$side: > /dev/null 2>&1
	made=`printf "mkpeer eiface ether ether \n show .ether" | ngctl -f - | head -n1 | awk '{print $2}'`
	ngctl name $made: link_$side
	ifconfig $made name link_$side
	ifconfig link_$side up
done
cmds="mkpeer link_0: pipe ether upper\n"
cmds="$cmds name link_0:ether thelink\n"
cmds="$cmds connect thelink: link_1: lower ether\n"
cmds="$cmds msg thelink: setcfg { header_offset=14 bandwidth=10000000 delay=20000 }\n"
printf "$cmds" | ngctl -f -
jexec i1200 ngctl msg thelink: setcfg "{ upstream={ BER=0 } downstream={ BER=0 } }"
