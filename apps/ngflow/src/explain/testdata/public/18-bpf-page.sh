#!/bin/sh
# bpf(4): a program from tcpdump, turned into the arguments of a message.
PATTERN="tcp dst port 80"
NODEPATH="my_node:"
INHOOK="hook1"
MATCHHOOK="hook2"
NOTMATCHHOOK="hook3"
ngctl mkpeer em0: bpf lower hook1
ngctl name em0:lower my_node
ngctl connect em0: my_node: upper hook2
BPFPROG=$( tcpdump -s 8192 -p -ddd ${PATTERN} | \
	( read len ; \
	echo -n "bpf_prog_len=$len " ; \
	echo -n "bpf_prog=[" ; \
	while read code jt jf k ; do \
		echo -n " { code=$code jt=$jt jf=$jf k=$k }" ; \
	done ; \
	echo " ]" ) )
ngctl msg ${NODEPATH} setprogram { thisHook=\"${INHOOK}\" \
	ifMatch=\"${MATCHHOOK}\" \
	ifNotMatch=\"${NOTMATCHHOOK}\" \
	${BPFPROG} }
