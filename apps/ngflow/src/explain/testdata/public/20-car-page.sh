#!/bin/sh
# car(4): limits the outbound rate of an interface.
/usr/sbin/ngctl -f- <<-SEQ
	mkpeer em0: car lower lower
	name em0:lower em0_car
	connect em0: em0_car: upper upper
	msg em0_car: setconf { upstream={ cir=20000 cbs=8192 ebs=16384 greenAction=1 yellowAction=1 redAction=2 mode=2 } downstream={ cir=100000 cbs=8192 ebs=16384 greenAction=1 yellowAction=1 redAction=2 mode=2 } }
SEQ
