# Each ngctl is a process of its own: a refused one does not stop the next.
ngctl mkpeer em0: netflow lower iface0
ngctl name em0:lower netflow
ngctl connect em0: netflow: upper out0
ngctl msg netflow: setconfig '{ iface=0 conf=3 }'
